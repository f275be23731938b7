"""librdkafka's own load program, built from Debian's source package: a client in C that keeps a server busy.

Debian ships the library without its examples, so the source is fetched with apt from an entry of our own (nothing of
the system's apt is changed) and the one program is built, linked to its library of the same version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.places import CACHE
from benchmarks.samples import UnavailableError
from benchmarks.topics import WrongAnswerError

VERSION = "2.0.2-1"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
RELEASE = "bookworm"
WITHOUT = ("ssl", "gssapi", "sasl", "curl", "zstd", "lz4-ext")
"""What the bench has no use for, so that a machine needs no more than a C compiler."""
BUILD_TIMEOUT_SECONDS = 900
RUN_TIMEOUT_SECONDS = 300
PRODUCED = re.compile(
    r"(\d+) messages produced \(\d+ bytes\), (\d+) delivered \(offset (\d+), (\d+) failed\) in (\d+)ms"
)
CONSUMED = re.compile(r"(\d+) messages \((\d+) bytes\) consumed in (\d+)ms")


@cache
def program() -> Path:
    """Return the program, built on first use and kept in the cache; raises UnavailableError."""
    built = CACHE / f"rdkafka_performance-{VERSION}"
    if not built.exists():
        missing = [tool for tool in ("apt-get", "dpkg-source", "gcc", "make", "bash") if shutil.which(tool) is None]
        if missing or not KEYRING.exists():
            lacks = ", ".join(missing) or f"{KEYRING} (package debian-archive-keyring)"
            raise UnavailableError(f"rdkafka_performance is built from Debian's librdkafka source: no {lacks} here")
        CACHE.mkdir(parents=True, exist_ok=True)
        print("building rdkafka_performance (a minute, once) ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            _build(_source(Path(folder)), Path(folder) / "build.log").rename(built)
    return built


def _sources() -> str:
    """Return an entry for sources, at the mirror that this machine takes Debian's packages from."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for uri, release, component in (line.split() for line in done.stdout.splitlines() if line.count(" ") == 2):  # noqa: PLR2004 - three words
        if (release, component) == (RELEASE, "main"):
            return f"deb-src [signed-by={KEYRING}] {uri} {RELEASE} main\n"
    raise UnavailableError(f"rdkafka_performance is built from Debian {RELEASE}'s sources: apt knows no mirror")


def _source(folder: Path) -> Path:
    for name in ("lists/partial", "cache/archives/partial", "source"):
        (folder / name).mkdir(parents=True)
    (folder / "sources.list").write_text(_sources())
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
    }
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
    _run([*apt, "update"], folder, folder / "apt.log")
    _run([*apt, "source", f"librdkafka={VERSION}"], folder / "source", folder / "apt.log")
    return next(path for path in (folder / "source").iterdir() if path.is_dir())


def _build(source: Path, log: Path) -> Path:
    _run(["./configure", *(f"--disable-{name}" for name in WITHOUT)], source, log)
    _run(["make", "-j2", "-C", "src", "librdkafka.a"], source, log)
    _run(["make", "-C", "examples", "rdkafka_performance"], source, log)
    return source / "examples" / "rdkafka_performance"


def _run(command: list[str], folder: Path, log: Path) -> None:
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=BUILD_TIMEOUT_SECONDS,
            check=False,
        )
    if done.returncode:
        last = " / ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
        raise UnavailableError(f"rdkafka_performance could not be built: {' '.join(command[:2])} failed: {last}")


@dataclass(frozen=True)
class Load:
    """A number of equal records in partition 0 of a topic."""

    bootstrap: str
    topic: str
    records: int
    record_bytes: int
    idempotence: bool = False

    @property
    def gigabytes(self) -> float:
        """Return what the values weigh together."""
        return self.records * self.record_bytes / 1e9


def produce(load: Load) -> float:
    """Write it with acks=all and the program's own batching; seconds it took. Asserts the offset of the last record."""
    told = _perform(
        "-P",
        load,
        "-s",
        str(load.record_bytes),
        "-a",
        "-1",
        "-X",
        f"enable.idempotence={str(load.idempotence).lower()}",
    )
    found = PRODUCED.search(told)
    if found is None:
        raise WrongAnswerError(f"rdkafka_performance did not finish: {told[-500:]}")
    _, delivered, offset, failed, milliseconds = map(int, found.groups())
    if (delivered, offset, failed) != (load.records, load.records - 1, 0):
        raise WrongAnswerError(f"of {load.records} records: {found.group()}")
    return milliseconds / 1000


def consume(load: Load) -> float:
    """Read it from the beginning; seconds it took."""
    told = _perform("-C", load, "-o", "beginning")
    found = CONSUMED.findall(told)
    if not found:
        raise WrongAnswerError(f"rdkafka_performance did not finish: {told[-500:]}")
    records, size, milliseconds = map(int, found[-1])
    if (records, size) != (load.records, load.records * load.record_bytes):
        raise WrongAnswerError(f"{records} records of {size} bytes read, {load.records} written")
    return milliseconds / 1000


def consume_together(load: Load, consumers: int) -> None:
    """Have several read it from the beginning at the same time."""
    with ThreadPoolExecutor(consumers) as pool:
        list(pool.map(consume, [load] * consumers))


def _perform(mode: str, load: Load, *arguments: str) -> str:
    where = ["-b", load.bootstrap, "-t", load.topic, "-p", "0", "-c", str(load.records)]
    done = subprocess.run(
        [str(program()), mode, *where, *arguments, "-q"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_TIMEOUT_SECONDS,
        check=False,
    )
    return done.stdout
