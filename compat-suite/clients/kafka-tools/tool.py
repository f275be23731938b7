"""The verb `tool`: any of the tools by its name, with arguments of one's own."""

import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from session import Failure, unsupported
from starting import LOGGING, command, named_tools

LIMIT_MS = 100_000


def run_tool(start, name, arguments, files=None, said="", until=None, limit_ms=LIMIT_MS):
    """Run a tool in a folder that has these files, and tell how it ended and what it printed.

    A tool that does not end by itself is asked to (SIGTERM) once it has printed `until`.
    """
    if name not in named_tools():
        raise unsupported(f"the tool {name}")
    if start.security and start.security.get("protocol", "PLAINTEXT") != "PLAINTEXT":
        raise unsupported("security")
    folder = Path(tempfile.mkdtemp(prefix="compat-suite-tool-"))
    try:
        for file, text in {**(files or {}), "log4j2.properties": LOGGING}.items():
            (folder / file).write_text(text)
        return finished(command(named_tools()[name], folder, *arguments), folder, said, until, limit_ms / 1000)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def finished(words, folder, said, until, limit_s):
    """Run the command to its end."""
    with (folder / ".stderr").open("w+") as complaints:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": complaints}
        process = subprocess.Popen(words, cwd=folder, text=True, **pipes)
        alarm = threading.Timer(limit_s, process.kill)
        alarm.start()
        try:
            # A tool that does not read ends all the same.
            threading.Thread(target=hand_over, args=(process.stdin, said), daemon=True).start()
            printed = []
            for line in process.stdout:
                printed.append(line)
                if until and until in line:
                    process.send_signal(signal.SIGTERM)
                    until = None
            code = process.wait()
        finally:
            alarm.cancel()
        if code == -signal.SIGKILL:
            raise Failure("TIMED_OUT", "".join(printed)[-500:])
        complaints.seek(0)
        return {"code": code, "stdout": "".join(printed), "stderr": complaints.read()[-5000:]}


def hand_over(pipe, said):
    try:
        pipe.write(said)
        pipe.close()
    except BrokenPipeError:
        pass
