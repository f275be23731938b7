"""Ways to damage one place in a directory."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random


class Damage(NamedTuple):
    """What was done, in words, and to which files."""

    what: str
    files: tuple[Path, ...]


def damage(root: Path, random: Random) -> Damage:
    """Damage a file of any kind, each kind as likely as any other."""
    kinds: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            kinds[path.suffix if path.suffix in SUFFIXES else path.name].append(path)
    of_kind = kinds[random.choice(sorted(kinds))]
    path = random.choice(of_kind)
    way = random.choice(WAYS)
    what = way(path, random)
    if way not in {swap_files, copy_file}:
        return Damage(f"{path.relative_to(root)}: {what}", (path,))
    other = random.choice(of_kind if random.random() < 0.5 else sorted(path.parent.iterdir()))
    if not other.is_file():
        return Damage("nothing", ())
    if way is copy_file:
        path.write_bytes(other.read_bytes())
        return Damage(f"{path.relative_to(root)} is as {other.relative_to(root)}", (path,))
    exchange(path, other)
    return Damage(f"{path.relative_to(root)} and {other.relative_to(root)} change places", (path, other))


def flip_bit(path: Path, random: Random) -> str:
    data = bytearray(path.read_bytes())
    if not data:
        return append_garbage(path, random)
    bit = random.randrange(8 * len(data))
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    return f"bit {bit % 8} of byte {bit // 8} flipped"


def truncate(path: Path, random: Random) -> str:
    data = path.read_bytes()
    size = random.choice([0, random.randrange(len(data) + 1), max(0, len(data) - random.randrange(1, 20))])
    path.write_bytes(data[:size])
    return f"cut from {len(data)} to {size} bytes"


def overwrite(path: Path, random: Random, fill: Callable[[int], bytes], what: str) -> str:
    data = path.read_bytes()
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    path.write_bytes(data[:start] + fill(end - start) + data[end:])
    return f"bytes {start} to {end} {what}"


def zero(path: Path, random: Random) -> str:
    return overwrite(path, random, bytes, "zeroed")


def scramble(path: Path, random: Random) -> str:
    return overwrite(path, random, random.randbytes, "made random")


def excise(path: Path, random: Random) -> str:
    return overwrite(path, random, lambda _: b"", "taken out")


def swap_ranges(path: Path, random: Random) -> str:
    data = path.read_bytes()
    a, b, c, d = sorted(random.randrange(len(data) + 1) for _ in range(4))
    path.write_bytes(data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:])
    return f"bytes {a} to {b} and {c} to {d} change places"


def append_garbage(path: Path, random: Random) -> str:
    garbage = random.randbytes(random.randrange(1, 200))
    with path.open("ab") as file:
        file.write(garbage)
    return f"{len(garbage)} bytes of garbage at the end"


def append_itself(path: Path, random: Random) -> str:
    data = path.read_bytes()
    start = random.randrange(len(data) + 1)
    path.write_bytes(data + data[start:])
    return f"what is from byte {start} on is there again"


def delete(path: Path, random: Random) -> str:
    path.unlink()
    return "deleted"


def swap_files(path: Path, random: Random) -> str:
    return "changes places with another"


def copy_file(path: Path, random: Random) -> str:
    return "is as another"


def exchange(path: Path, other: Path) -> None:
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)


SUFFIXES = (".log", ".index", ".timeindex", ".snapshot")
WAYS = (
    flip_bit,
    flip_bit,
    flip_bit,
    truncate,
    zero,
    scramble,
    excise,
    swap_ranges,
    append_garbage,
    append_itself,
    delete,
    swap_files,
    copy_file,
)
