"""kcat (librdkafka), driven by the contract of the suite.

kcat has no administrative commands, and commits by itself: here every 100 ms, on revocation and when it ends.
"""

import json
import re
import selectors
import subprocess
import time

from contract import Stop, emit, record, run, shares

KEY_DELIMITER = "\t"
REBALANCE = re.compile(r"^% Group .* rebalanced .*: (assigned|revoked): ?(.*)$")


def kcat(*options, **pipes):
    return subprocess.Popen(["kcat", *options], stdout=subprocess.PIPE, encoding="utf-8", bufsize=1, **pipes)


def produce(args):
    options = ["-P", "-b", args.bootstrap, "-t", args.topic, "-H", "origin=compat-suite", "-X", "linger.ms=5"]
    if args.acks:
        options += ["-X", f"topic.acks={args.acks}"]
    if args.idempotent:
        options += ["-X", "enable.idempotence=true"]
    sent = 0
    for codec, indexes in shares(args):
        lines = {True: [], False: []}
        for index in indexes:
            key, value = record(index, args.size)
            keyed = key is not None
            prefix = key.decode() + KEY_DELIMITER if keyed else ""
            lines[keyed].append(prefix + value.decode() + "\n")
        for keyed, batch in lines.items():  # kcat cannot send null keys among others: two runs
            if batch:
                arguments = [*options, "-z", codec, *(["-K", KEY_DELIMITER] if keyed else [])]
                subprocess.run(["kcat", *arguments], input="".join(batch).encode(), check=True)
                sent += len(batch)
    return sent


def show(line):
    got = json.loads(line)
    headers = got.get("headers") or []
    emit(
        "record",
        partition=got["partition"],
        offset=got["offset"],
        timestamp=got["ts"],
        key=got["key"],
        value=got["payload"],
        headers=[list(pair) for pair in zip(headers[::2], headers[1::2], strict=True)],
    )


def consume(args):
    process = kcat("-C", "-b", args.bootstrap, "-t", args.topic, "-o", "beginning", "-c", str(args.count), "-J", "-q")
    count = 0
    for line in process.stdout:
        show(line)
        count += 1
    if process.wait():
        raise RuntimeError(f"kcat ended with {process.returncode}")
    return count


def group(args):
    stop = Stop()
    stop.listen()
    options = ["-b", args.bootstrap, "-J", "-u", "-X", "auto.offset.reset=earliest", "-X", "heartbeat.interval.ms=300"]
    options += ["-X", "session.timeout.ms=10000", "-X", "auto.commit.interval.ms=100"]
    options += ["-c", str(args.count)] if args.count else []
    process = kcat(*options, "-G", args.group, args.topic, stderr=subprocess.PIPE)
    count, last, ending = 0, None, False
    # One descriptor at a time is read by line; a thread each would do as well, but selectors keep the order simple.
    with selectors.DefaultSelector() as selector:
        buffers = {}
        for stream in (process.stdout, process.stderr):
            selector.register(stream.buffer.raw, selectors.EVENT_READ, stream)
            buffers[stream] = b""
        while selector.get_map():
            for key, _ in selector.select(0.1):
                stream = key.data
                chunk = stream.buffer.raw.read(65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                *lines, buffers[stream] = (buffers[stream] + chunk).split(b"\n")
                for line in lines:
                    if stream is process.stdout:
                        show(line)
                        count += 1
                        last = time.monotonic()
                    else:
                        note(line.decode())
                        last = last or time.monotonic()
            idle = bool(args.idle_ms and last and (time.monotonic() - last) * 1000 > args.idle_ms)
            if (stop.asked or idle) and not ending:
                ending = True
                process.terminate()
    if process.wait():
        raise RuntimeError(f"kcat ended with {process.returncode}")
    emit("left")
    return count


def note(line):
    match = REBALANCE.match(line)
    if match:
        partitions = [int(number) for number in re.findall(r"\[(\d+)\]", match[2])]
        emit(match[1], partitions=sorted(partitions))
    else:
        emit("note", text=line)


run({"produce": produce, "consume": consume, "group": group})
