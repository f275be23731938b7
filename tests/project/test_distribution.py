"""What users install: the package, whole, and nothing that could shadow a module of theirs."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import kafkacompat

ROOT = Path(__file__).resolve().parent.parent.parent
STEM = f"kafkacompat-{kafkacompat.__version__}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with a wheel and an sdist of the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return built / f"{STEM}-py3-none-any.whl"


def modules() -> set[str]:
    """The files of the package in the checkout."""
    found = (path for path in (ROOT / "kafkacompat").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in found}


def run_outside_the_checkout(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_wheel_has_the_package_and_nothing_beside_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {"kafkacompat", f"{STEM}.dist-info"}
    assert {name for name in names if name.startswith("kafkacompat/")} == modules()
    assert {"kafkacompat/py.typed", f"{STEM}.dist-info/licenses/LICENSE"} <= names


def test_the_sdist_has_what_it_takes_to_build_and_no_more(built: Path) -> None:
    with tarfile.open(built / f"{STEM}.tar.gz") as archive:
        names = {name.removeprefix(f"{STEM}/") for name in archive.getnames()}
    assert modules() <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= names
    outside = {name.split("/")[0] for name in names} - {"kafkacompat"}
    assert outside <= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO", ".gitignore"}


def test_the_wheel_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import kafkacompat.cli.main as command_line
assert command_line.__file__.startswith({str(tmp_path)!r}), command_line.__file__
sys.exit(command_line.main(["settings"]))
"""
    done = run_outside_the_checkout(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "group.initial.rebalance.delay.ms" in done.stdout


@pytest.mark.parametrize("name", ["wire", "storage", "tests", "scripts"])
def test_only_the_package_reaches_the_users_imports(name: str, tmp_path: Path) -> None:
    done = run_outside_the_checkout(f"import kafkacompat, {name}", tmp_path)
    assert f"No module named '{name}'" in done.stderr
