"""The fuzzer's process: `scripts/fuzz` starts it, with the target's name and arguments of libFuzzer."""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from typing import Any

atheris: Any = import_module("atheris")  # only in the fuzzer's own environment

with atheris.instrument_imports(include=["kafkacompat"]):
    from tests.faults.fuzzed import Fuzzed


def main() -> None:
    target = sys.argv.pop(1)
    fuzzed = Fuzzed()
    fuzzed.begin()
    # To merge, libFuzzer starts itself once more, by this word, through a shell.
    sys.argv[0] = f"{shlex.quote(sys.executable)} -m tests.faults.fuzzing {target}"
    atheris.Setup(sys.argv, lambda data: fuzzed.take(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
