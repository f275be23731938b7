"""The fuzzer's process: `scripts/fuzz` starts it, with the target's name and arguments of libFuzzer."""

from __future__ import annotations

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
    atheris.Setup(sys.argv, lambda data: fuzzed.take(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
