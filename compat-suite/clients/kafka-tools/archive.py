"""The classes that the tools load, archived once: each tool then starts with half the work.

    archive.py FOLDER

Three tools that find no broker say which classes they load; the archive is made of all of them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from starting import ARCHIVE, OPTIONS, libraries, named_tools

NOBODY = ("--bootstrap-server", "127.0.0.1:1")
IMPATIENT = "default.api.timeout.ms=300\nmax.block.ms=300\n"
LIMIT_S = 300


def classes(jars, folder):
    """The names of the classes that the tools load."""
    impatient = folder / "impatient.properties"
    impatient.write_text(IMPATIENT)
    commands = (
        ("kafka-topics", "--list"),
        ("kafka-console-producer", "--topic", "t"),
        ("kafka-console-consumer", "--topic", "t", "--timeout-ms", "300"),
    )
    names = {}
    for tool, *words in commands:
        told = folder / f"{tool}.classes"
        options = (*OPTIONS, "-Xshare:off", f"-XX:DumpLoadedClassList={told}", "-cp", f"{jars}/*")
        command = ["java", *options, named_tools()[tool], *NOBODY, *words, "--command-config", str(impatient)]
        subprocess.run(command, input=b"v\n", capture_output=True, timeout=LIMIT_S)
        if told.exists():
            names |= dict.fromkeys(told.read_text().splitlines())
    return list(names)


def main():
    archive = Path(sys.argv[1]) / ARCHIVE
    jars = libraries()
    with tempfile.TemporaryDirectory() as text:
        names = Path(text) / "all.classes"
        names.write_text("\n".join(classes(jars, Path(text))) + "\n")
        options = (*OPTIONS, "-Xshare:dump", f"-XX:SharedClassListFile={names}", f"-XX:SharedArchiveFile={archive}")
        # Without an archive the tools are slower, and no worse.
        subprocess.run(["java", *options, "-cp", f"{jars}/*"], capture_output=True, timeout=LIMIT_S)


main()
