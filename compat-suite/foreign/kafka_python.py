"""kafka-python's integration tests, from its source archive on PyPI, against a broker that runs already."""

from __future__ import annotations

import re
import sys
import tarfile
from typing import TYPE_CHECKING, Final

from foreign.outcomes import Ended, Outcome, ended
from foreign.processes import build, run
from foreign.suites import FOREIGN

if TYPE_CHECKING:
    from pathlib import Path

    from foreign.suites import Suite

VERSION: Final = "3.0.12"
HOME: Final = FOREIGN / f"kafka-python-{VERSION}"
SOURCE: Final = HOME / f"kafka_python-{VERSION}"
PYTHON: Final = HOME / "venv" / "bin" / "python"
EXTRAS: Final = "testing,lz4,snappy,zstd,crc32c"
READY: Final = HOME / "ready"
BROKER: Final = "4.4.0"
TEST_S: Final = 120
LIMIT_S: Final = 1800
LEFT_OUT: Final = {
    "__init__.py": "",
    "service.py": '''"""Stands in for a module that the archive leaves out: tests are given a broker, and start none."""


class ExternalService:
    def __init__(self, host, port):
        self.host, self.port = host, port

    def open(self):
        pass

    close = stop = dump_logs = open

    def wait_for(self, pattern, timeout=None):
        return True


class SpawnedService:
    def __init__(self, args=None, env=None):
        raise RuntimeError("brokers are started by others")
''',
}
"""What the archive lacks of the package `test`, which its tests import."""
STARTS_BROKERS: Final = {"test_sasl_integration.py", "test_ssl_integration.py"}
"""They start brokers of their own, with listeners of their own, from folders that the archive leaves out."""
ENDED: Final = re.compile(r"^test/integration/(\S+?::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", re.MULTILINE)
SAID: Final = re.compile(r"^(?:FAILED|ERROR) test/integration/(\S+?::.+?) - (.+)$", re.MULTILINE)
OUTCOMES: Final = {"PASSED": Outcome.PASS, "XPASS": Outcome.PASS, "SKIPPED": Outcome.SKIP, "XFAIL": Outcome.SKIP}


class KafkaPython:
    """A file of tests runs in one process, as their fixtures make clients once a file."""

    name = "kafka-python"
    title = "kafka-python's integration tests"
    version = VERSION
    settings: Final = {"num.partitions": "4", "default.replication.factor": "1"}
    needs = ()

    def prepare(self) -> None:
        """Fetch the archive, and install it into an environment of its own."""
        if READY.exists():
            return
        HOME.mkdir(parents=True, exist_ok=True)
        build([sys.executable, "-m", "venv", "--clear", str(HOME / "venv")], HOME)
        pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        only_source = ["--no-deps", "--no-binary", "kafka-python"]
        build([*pip, "download", *only_source, "--dest", str(HOME), f"kafka-python=={VERSION}"], HOME)
        archive = HOME / f"kafka_python-{VERSION}.tar.gz"
        build([*pip, "install", f"{archive}[{EXTRAS}]", "py"], HOME)
        with tarfile.open(archive) as opened:
            opened.extractall(HOME, filter="data")
        for name, text in LEFT_OUT.items():
            if not (SOURCE / "test" / name).exists():
                (SOURCE / "test" / name).write_text(text)
        READY.touch()

    def units(self) -> list[str]:
        """Name the files of tests."""
        found = sorted(path.name for path in (SOURCE / "test" / "integration").glob("test_*.py"))
        return [name for name in found if name not in STARTS_BROKERS]

    def run(self, unit: str, bootstrap: str, folder: Path) -> dict[str, Ended]:
        """Run a file of tests."""
        command = [str(PYTHON), "-m", "pytest", "-v", "-rfE", "--tb=short", "--color=no", "-pno:cacheprovider"]
        command += [
            "-oaddopts=",
            "-olog_level=WARNING",
            "-otestpaths=",
            f"--timeout={TEST_S}",
            "--timeout-method=signal",
        ]
        environment = {
            "KAFKA_URI": f"kafka://{bootstrap}",
            "KAFKA_VERSION": BROKER,
            "KAFKA_ROOT": str(folder),  # looked for, and not into, when the broker runs already
            "PYTHONPATH": str(SOURCE),
            "COLUMNS": "400",
        }
        done = run([*command, f"test/integration/{unit}"], SOURCE, LIMIT_S, environment)
        reasons = dict(SAID.findall(done.output))
        ends = {
            name: ended(OUTCOMES.get(how, Outcome.FAIL), reasons.get(name, ""))
            for name, how in ENDED.findall(done.output)
        }
        if done.code is None or not ends:
            last = done.output.strip().splitlines()[-1:] or [""]
            ends[unit] = ended(Outcome.FAIL, f"the file was not run to its end: {last[0]}")
        return ends


if TYPE_CHECKING:
    _is_a_suite: Suite = KafkaPython()
