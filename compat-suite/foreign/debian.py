"""Original source archives, as Debian keeps them: apt with an entry of our own, nothing of the system's is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from foreign.processes import NotPreparedError, build

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
RELEASE: Final = "bookworm"
WORDS: Final = 3
FETCH_S: Final = 600


def fetch_original(package: str, version: str, into: Path) -> None:
    """Unpack the original archive of a source package as the folder `into`; NotPreparedError when that fails."""
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as name:
        folder = Path(name)
        for part in ("lists/partial", "cache/archives/partial", "source", "unpacked"):
            (folder / part).mkdir(parents=True)
        (folder / "sources.list").write_text(_entry())
        options = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": folder / "lists",
            "Dir::Cache": folder / "cache",
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        }
        apt = ["apt-get", "-q", *(f"-o{option}={value}" for option, value in options.items())]
        build([*apt, "update"], folder, FETCH_S)
        build([*apt, "source", "--tar-only", f"{package}={version}"], folder / "source", FETCH_S)
        archive = next((folder / "source").glob("*.orig.tar.*"))
        with tarfile.open(archive) as opened:
            opened.extractall(folder / "unpacked", filter="data")
        shutil.move(next((folder / "unpacked").iterdir()), into)


def _entry() -> str:
    """Return an entry for sources, at the mirror that this machine takes Debian's packages from."""
    if not KEYRING.exists():
        raise NotPreparedError(f"Debian's source packages need {KEYRING} (package debian-archive-keyring)")
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for words in (line.split() for line in done.stdout.splitlines()):
        if len(words) == WORDS and words[1:] == [RELEASE, "main"]:
            return f"deb-src [signed-by={KEYRING}] {words[0]} {RELEASE} main\n"
    raise NotPreparedError(f"apt knows no mirror of Debian {RELEASE} to take sources from")
