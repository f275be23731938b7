"""A client program that keeps to the contract, or breaks it as its requests tell it to."""

from __future__ import annotations

import json
import subprocess
import sys
import time


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"], **answer_to(request)}
        print(json.dumps(answer), flush=True)


def answer_to(request: dict[str, object]) -> dict[str, object]:
    match request["do"]:
        case "hello":
            return {"client": "fake", "version": "1.2.3"}
        case "start-a-child":
            # The child keeps the pipes open: only the end of the whole group closes them.
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            return {"child": child.pid}
        case "hang":
            time.sleep(600)
        case "crash":
            print("out of cheese", file=sys.stderr, flush=True)
            sys.exit(7)
        case "babble":
            print("hello there", flush=True)
        case "another-answer":
            return {"id": 999}
        case "refuse":
            return {"error": "TOPIC_ALREADY_EXISTS", "message": "as I said"}
        case "fly":
            return {"error": "UNSUPPORTED", "message": "fly"}
        case "echo":
            return {"said": request["text"]}
    return {}


if __name__ == "__main__":
    main()
