"""How one of Kafka's command-line tools is started."""

import os
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

KAFKA = Path(__file__).resolve().parents[3] / "scripts" / "kafka"
OPTIONS = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
ARCHIVE = "classes.jsa"
QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""An archive that another Java made is left aside without a word: words would stand among those of the tool."""
LOGGING = """rootLogger.level=ERROR
rootLogger.appenderRef.console.ref=Console
appender.console.type=Console
appender.console.name=Console
appender.console.target=SYSTEM_ERR
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
"""


@cache
def libraries():
    """The folder of the jars, which the first use of it fetches."""
    command = [sys.executable, str(KAFKA), "libs", "tools"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@cache
def named_tools():
    """The class of each tool, by the name of Kafka's script."""
    return runpy.run_path(str(KAFKA), run_name="kafka")["TOOLS"]


def command(class_name, folder, *words):
    """The command that runs a tool; its folder has the settings of its log."""
    archive = Path(os.environ.get("TOOLS_ARCHIVE", ARCHIVE))
    shared = (f"-XX:SharedArchiveFile={archive}", "-Xshare:auto") if archive.exists() else ()
    logging = f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"
    return ["java", *OPTIONS, *QUIET, *shared, logging, "-cp", f"{libraries()}/*", class_name, *words]
