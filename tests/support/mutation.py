"""Inputs mutated from valid ones by cutting, repeating and inserting, reproducible by their seed."""

import random
from collections.abc import Iterator, Sequence

PIECES: tuple[bytes, ...] = (
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b":",
    b": ",
    b"- ",
    b"#",
    b'"',
    b"'",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"=",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!int ",
    b"!!python/name:os.system ",
    b"%YAML 9.9\n",
    b"---\n",
    b"...\n",
    b"|\n",
    b">-\n",
    b"~",
    b"null",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"0x" + b"f" * 5000,
    b"0000-99-99",
    b"9999-12-31T23:59:60Z",
    b"[" * 500,
    b"{" * 500,
    b'"\\U00110000"',
    b'"\\UFFFFFFFF"',
    b'"\\ud800"',
    b'"\\x00"',
    b"\\",
    b"\x00",
    b"\x1b]52;c;eA==\x07",
    b"\x9b",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    "\u202e\u200b\u2028\U000e0001".encode(),
    b"%(x)s",
    b"[DEFAULT]\n",
    b"/subscriptions/../resourceGroups//providers/",
)


def mutations(seed: int, bases: Sequence[bytes], count: int) -> Iterator[bytes]:
    """Make inputs that differ slightly from valid ones.

    Args:
        seed: The same seed makes the same inputs.
        bases: Valid inputs.
        count: The number of inputs.
    """
    source = random.Random(seed)  # noqa: S311 - tests must be reproducible
    for _ in range(count):
        made = bytearray(source.choice(bases))
        for _ in range(source.randint(1, 4)):
            start = source.randint(0, len(made))
            end = min(len(made), start + source.choice((0, 0, 1, 3, 20, len(made))))
            if source.random() < 0.2:
                made[start:start] = made[start:end]
            else:
                made[start:end] = source.choice(PIECES)
        yield bytes(made)
