"""A differential fuzzer: programs and damaged pickles, read by CPython's readers and by the models of them.

`python tests/differential/fuzz_readers.py [--seconds N] [--seed N] [--count N]` prints a line for each kind of difference, with the
smallest input found, and ends with 1 if there is one. It needs CPython 3.11.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import re
import resource
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from readers import MOST_ITEMS, READERS, Json, models, plain, program

BATCH = 2000
MOST_MEMORY = 4 << 30
"""What this process can allocate. What a system grants is not what is compared: a MemoryError is not judged."""
MOST_LENGTH = 1 << 24
"""Lengths that the programs ask for stay below it, or far above."""

WORDS = [
    b"os",
    b"getpid",
    b"a b",
    b"c",
    b"o\\x73",
    b"",
    b"os\0x",
    b"__builtin__",
    b"xrange",
    b"a.b",
    b"G\xc3\xb6",
    b"\xff",
    b"x\r",
]
NUMBERS = [
    b"0", b"1", b"00", b"01", b"-1", b"+1", b" 1", b"1 ", b"010", b"09", b"0x1F", b"0b11", b"0o17", b"1_0", b"1\r", b"1\0x", b"", b"-",
    b"1L", b"LL", b"l", b"0xg", b"9" * 20, b"-" + b"9" * 19, b"5", b"007", b"\x0b1", b"1e5", b"1.5", b" 2.5", b"1e999", b"nan", b"-inf",
    b"1_0.5", b"0x1p3", b".5", b"5.", b"1e", b"\xd9\xa1", b"9" * 4301, b"0_1", b"True", b"2147483648", b"1\t", b"\0", b"0x",
]  # fmt: skip
STRINGS = [
    b"'a'",
    b'"b"',
    b"'",
    b"''",
    b"a",
    b"'a",
    b"'\\x41'",
    b"'\\x4'",
    b"'\\'",
    b"'a\\'",
    b"'a' ",
    b"'\\351'",
    b"'\xe9'",
    b"'a'\r",
    b"'\\n\\q'",
]
TEXTS = [b"abc", b"\\u00e9", b"\\u12", b"\\U00110000", b"\\ud800", b"\xe9", b"", b"\\\\u0041", b"x\r", b"\\"]
UTF8 = [
    b"os",
    b"getpid",
    b"a",
    b"",
    b"\xc3\xa9",
    b"\xed\xa0\x80",
    b"\xff",
    b"\xe2\x82",
    b"a\0",
    b"x.y",
    b"append",
    b"__dict__",
]


class Programs:
    """Random pickles: most of what they do makes sense, so that they get somewhere."""

    def __init__(self, random_: random.Random) -> None:
        """With a source of randomness."""
        self.random = random_
        self.makers = (
            [self.constant] * 5 + [self.container] * 3 + [self.operation] * 6 + [self.memo] * 2 + [self.name] * 2
        )

    def program(self) -> bytes:
        """One pickle."""
        body = b"".join(self.random.choice(self.makers)() for _ in range(self.random.randrange(1, 12)))
        chance = self.random.random()
        head = b"" if chance < 0.3 else b"\x80" + bytes([self.random.choice([0, 1, 2, 3, 4, 4, 4, 5, 6])])
        tail = b"" if self.random.random() < 0.05 else b"."
        whole = body + tail
        while self.random.random() < 0.35:
            whole = self.framed(whole)
        if self.random.random() < 0.15:
            whole += self.random.choice([b"K\x05.", b"\n", b"abc\n.", b"0" * 20])
        return head + whole

    def framed(self, body: bytes) -> bytes:
        """With a frame somewhere, whose length is right or nearly."""
        at = self.random.randrange(len(body) + 1) if self.random.random() < 0.5 else 0
        left = len(body) - at
        chance = self.random.random()
        length = (
            left
            if chance < 0.3
            else self.random.randrange(left + 3)
            if chance < 0.97
            else 1 << self.random.randrange(32, 64)
        )
        return body[:at] + b"\x95" + struct.pack("<Q", length) + body[at:]

    def line(self, opcode: bytes, *words: bytes) -> bytes:
        """An opcode with lines, the last of which is now and then without its newline."""
        end = b"" if self.random.random() < 0.01 else b"\n"
        return opcode + b"\n".join(words) + end

    def counted(self, opcode: bytes, form: str, body: bytes) -> bytes:
        """An opcode with a length that is right or nearly."""
        length = len(body)
        if self.random.random() < 0.04:
            length = max(0, length + self.random.choice([-1, 1, 5]))
        if self.random.random() < 0.01:
            length = {"<B": 255, "<i": -1, "<I": 70_000, "<Q": self.random.choice([1 << 63, 70_000, 200_000])}[form]
        return opcode + struct.pack(form, length) + body

    def constant(self) -> bytes:
        """A literal."""
        pick = self.random.choice
        kind = self.random.randrange(14)
        if kind == 0:
            return self.line(b"I", pick(NUMBERS))
        if kind == 1:
            return self.line(b"L", pick(NUMBERS) + pick([b"L", b"", b"L"]))
        if kind == 2:
            return self.line(b"F", pick(NUMBERS))
        if kind == 3:
            return self.line(b"S", pick(STRINGS))
        if kind == 4:
            return self.line(b"V", pick(TEXTS))
        if kind == 5:
            return self.counted(*pick([(b"T", "<i"), (b"U", "<B")]), pick([b"ab", b"", b"\xe9"]))
        if kind == 6:
            return self.counted(*pick([(b"X", "<I"), (b"\x8c", "<B"), (b"\x8d", "<Q")]), pick(UTF8))
        if kind == 7:
            return self.counted(
                *pick([(b"B", "<I"), (b"C", "<B"), (b"\x8e", "<Q"), (b"\x96", "<Q")]), pick([b"ab", b"", b"\xff" * 9])
            )
        if kind == 8:
            return self.counted(
                *pick([(b"\x8a", "<B"), (b"\x8b", "<i")]), pick([b"", b"\x01", b"\xff" * 9, b"\0" * 12])
            )
        if kind == 9:
            return pick([b"J" + struct.pack("<i", pick([-1, 0, 1, 5])), b"K\x01", b"K\0", b"M\1\0"])
        if kind == 10:
            return b"G" + struct.pack(">d", pick([1.0, 0.5, -0.0, 1e300, float("nan")]))
        return pick([b"N", b"\x88", b"\x89", b"N", b"\x97", b"K\x05", b"\x98"])

    def container(self) -> bytes:
        """An empty one, a mark, or what takes marks."""
        return self.random.choice(
            [b"]", b")", b"}", b"\x8f", b"(", b"(", b"(", b"l", b"t", b"d", b"\x91", b"\x85", b"\x86", b"\x87"]
        )

    def operation(self) -> bytes:
        """What changes things; often with what it needs before it."""
        return self.random.choice([
            b"a", b"e", b"s", b"u", b"\x90", b"b", b"R", b"\x81", b"\x92", b"o", b"0", b"1", b"2", b"Q",
            b"](K\1K\2e", b"]K\1a", b"}K\1Ns", b"}(K\1Nu", b"\x8f(K\1K\1\x90", b"(K\1K\2\x91", b"cm\nC\n)R", b"cm\nC\n)\x81", b"cm\nC\n)}\x92",
            b"(cm\nC\nK\1o", b"cm\nC\n)R}b", b"(im\nC\n", b"cm\nC\n", b"(NN", b"N}\x86", b"}N\x86", b"K\0K\0\x86", b"}\x8c\1ads",
        ])  # fmt: skip

    def memo(self) -> bytes:
        """Stores and loads."""
        pick = self.random.choice
        slot = bytes([self.random.choice([0, 0, 1, 2, 40])])
        return pick([
            b"\x94", b"\x94", b"q" + slot, b"h" + slot, b"h\0", b"r" + slot + b"\0\0\0", b"j" + slot + b"\0\0\0",
            self.line(b"p", pick(NUMBERS)), self.line(b"g", pick(NUMBERS)), b"p0\n", b"g0\n",
        ])  # fmt: skip

    def name(self) -> bytes:
        """Globals, persistent ids, extensions, protocols."""
        pick = self.random.choice
        word = lambda: pick(WORDS)  # noqa: E731
        text = lambda: self.counted(b"\x8c", "<B", pick(UTF8))  # noqa: E731
        return pick([
            self.line(b"c", word(), word()), self.line(b"i", word(), word()), b"(" + self.line(b"i", word(), word()),
            text() + text() + b"\x93", b"\x93", self.line(b"P", word()), b"Q",
            b"\x82\x01", b"\x82\0", b"\x83\1\0", b"\x84\xff\xff\xff\xff", b"\x80\2", b"\x80\4",
        ])  # fmt: skip


def corpus() -> list[bytes]:
    """Pickles of all protocols, to be damaged."""
    shared = ["text", 1, 2.5, None, True]
    values = [
        {"a": [1, 2, 3], "b": (1, "two", b"three")}, {1, 2, 3}, frozenset("ab"), [shared, shared], bytearray(b"bytes"), -(10**30),
        complex(1, 2), Path("/a/b"), ValueError("x"), {(1, (2, 3)): "key"}, [[[[]]]], "\ud800é", b"x" * 300, list(range(300)),
    ]  # fmt: skip
    return [pickle.dumps(value, protocol) for value in values for protocol in range(6)]


def mutated(random_: random.Random, data: bytes) -> bytes:
    """With a few bytes changed, put in, or cut."""
    out = bytearray(data)
    for _ in range(random_.choice([1, 1, 2, 4])):
        at = random_.randrange(len(out) + 1)
        kind = random_.randrange(4)
        if kind == 0 and at < len(out):
            out[at] = random_.randrange(256)
        elif kind == 1:
            out[at:at] = bytes(
                [
                    random_.choice(b"(.0123]})aeusbRN\x94\x85\x86\x93qh\n")
                    if random_.random() < 0.7
                    else random_.randrange(256)
                ]
            )
        elif kind == 2:
            del out[at : at + random_.choice([1, 1, 2, 9])]
        else:
            del out[at:]
    return bytes(out)


def is_bounded(data: bytes) -> bool:
    """Whether no number in it can make a reader ask for more memory than any system grants, or less."""
    for match in re.finditer(rb"[BXT\x8b]([\0-\xff]{4})|[\x8d\x8e\x96\x95]([\0-\xff]{8})|[rj]([\0-\xff]{4})", data):
        for group in match.groups():
            if group and MOST_LENGTH < int.from_bytes(group, "little") < 1 << 62:
                return False
    return not re.search(rb"p[^\n]*[1-9]\d{6,18}", data)


def inputs(seed: int, start: int, count: int) -> list[bytes]:
    """The inputs of a batch: the same for the same seed."""
    random_ = random.Random(f"{seed} {start}")
    programs, bodies = Programs(random_), corpus()
    found = []
    while len(found) < count:
        data = programs.program() if random_.random() < 0.75 else mutated(random_, random_.choice(bodies))
        if random_.random() < 0.1:
            data = mutated(random_, data)
        if is_bounded(data) and is_bounded(data[1:]):
            found.append(data)
    return found


def cluster(name: str, want: Json, got: Json) -> str:
    """The kind of a difference: which reader, and what it says, without what is of the input."""
    say = lambda answer: answer.get("error") or "loads"  # noqa: E731
    text = f"{name}: {say(want)} / {say(got)}" + (" (globals)" if want["asked"] != got["asked"] else "")
    return re.sub(r"b?'[^']*'|b?\"[^\"]*\"|\d+", "#", text)[:300]


def compare(batch: list[bytes], command: list[str], clusters: dict[str, tuple[bytes, Json, Json]]) -> int:
    """Compares a batch; how many readings differ. Keeps the shortest input of each kind."""
    count = 0
    for data, answers in zip(batch, models(command, batch), strict=True):
        for name, read in READERS.items():
            want, got = read(data), plain(answers[name])
            if want != got and want.get("error") != "MemoryError: ":
                count += 1
                key = cluster(name, want, got)
                if key not in clusters or len(data) < len(clusters[key][0]):
                    clusters[key] = (data, want, got)
    return count


def main() -> int:
    """Runs until the time or the count is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, default=1 << 62)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    command, clusters = program("one", f"items={MOST_ITEMS}"), {}
    done = different = 0
    end = time.monotonic() + options.seconds
    while done < options.count and time.monotonic() < end:
        batch = inputs(options.seed, done, min(BATCH, options.count - done))
        different += compare(batch, command, clusters)
        done += len(batch)
    for key, (data, want, got) in sorted(clusters.items()):
        print(f"{key}\n  {data!r}\n  CPython {json.dumps(want)[:300]}\n  model   {json.dumps(got)[:300]}")
    print(f"{done} inputs, {different} readings that differ, {len(clusters)} kinds")
    return 1 if clusters else 0


if __name__ == "__main__":
    sys.exit(main())
