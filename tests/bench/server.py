"""A small language client that measures the server on one pickle."""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

T = TypeVar("T")
Json = dict[str, object]


class Client:
    """Speaks JSON-RPC with a server over pipes, one request at a time."""

    def __init__(self, binary: Path) -> None:
        """Starts the server."""
        self.process = subprocess.Popen(
            [binary, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.last = 0

    def request(self, method: str, params: object) -> object:
        """Sends a request and waits for its answer."""
        self.last += 1
        self.send({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        while True:
            message = self.receive()
            if "method" in message:
                self.serve(message)
            elif message.get("id") == self.last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def notify(self, method: str, params: object) -> None:
        """Sends a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def serve(self, message: Json) -> None:
        """Answers what a server asks of every client; notifications need no answer."""
        if "id" in message:
            items = message.get("params") or {}
            count = len(items.get("items", [])) if isinstance(items, dict) else 0
            asked = message["method"] == "workspace/configuration"
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": [None] * count if asked else None})

    def send(self, message: Json) -> None:
        """Writes one message."""
        body = json.dumps(message).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self) -> Json:
        """Reads one message."""
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if not length:
            raise RuntimeError("the server closed its output")
        return json.loads(self.process.stdout.read(length))

    def memory(self) -> tuple[int, int]:
        """Resident memory of the server now and at its peak, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        now, peak = (re.search(rf"^{name}:\s+(\d+) kB", status, re.M) for name in ("VmRSS", "VmHWM"))
        assert now and peak
        return int(now[1]) * 1024, int(peak[1]) * 1024

    def close(self) -> None:
        """Ends the server."""
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.process.wait(10)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True)
class Latency:
    """Times of one kind of request, in seconds."""

    median: float
    slowest: float


@dataclass(frozen=True)
class ServerFigures:
    """What one session with the server showed."""

    first_view: float
    rows: int
    hover: Latency
    definition: Latency
    distant_hover: Latency | None
    """In views of other parts of the file, where the first view links to them; opening them is not timed."""
    distant_view: Latency | None
    """Opening those other views."""
    resident: int
    peak: int
    file: int

    def as_json(self) -> Json:
        """For the report."""
        return asdict(self)


def measure_server(binary: Path, pickle: Path, samples: int = 50) -> ServerFigures:
    """Opens a pickle in a new server, then hovers and jumps at random places of the first view and of distant ones."""
    client = Client(binary)
    try:
        initialize(client)
        uri = f"pickle-listing://{quote(str(pickle.resolve()))}.pickleasm"
        first_view, text = timed(lambda: view(client, uri))
        rng = random.Random(7)
        places = random_places(uri, text, samples, rng)
        hover = latency(client, "textDocument/hover", places)
        definition = latency(client, "textDocument/definition", places)
        distant_view, distant_places = distant(client, uri, samples, rng)
        distant_hover = latency(client, "textDocument/hover", distant_places) if distant_places else None
        resident, peak = client.memory()
        size = pickle.stat().st_size
        rows = text.count("\n")
        return ServerFigures(first_view, rows, hover, definition, distant_hover, distant_view, resident, peak, size)
    finally:
        client.close()


def initialize(client: Client) -> None:
    """The handshake."""
    capabilities = {"general": {"positionEncodings": ["utf-8", "utf-16"]}}
    client.request("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
    client.notify("initialized", {})


def view(client: Client, uri: str) -> str:
    """The text of a virtual document."""
    answer = client.request("pickle/virtualDocument", {"uri": uri})
    assert isinstance(answer, dict)
    return str(answer["text"])


def random_places(uri: str, text: str, samples: int, rng: random.Random) -> list[Json]:
    """Positions on the opcode or the operand of random rows."""
    lines = text.splitlines()
    places = []
    for row in (rng.randrange(len(lines)) for _ in range(samples)):
        column = max(0, len(lines[row]) - 1 - rng.randrange(6))
        places.append({"textDocument": {"uri": uri}, "position": {"line": row, "character": column}})
    return places


def distant(client: Client, uri: str, samples: int, rng: random.Random) -> tuple[Latency | None, list[Json]]:
    """Opens up to five of the sub-views that the first view links to."""
    links = client.request("textDocument/documentLink", {"textDocument": {"uri": uri}}) or []
    assert isinstance(links, list)
    targets = [link["target"] for link in links if str(link.get("target", "")).startswith("pickle-listing:")]
    if not targets:
        return None, []
    times, places = [], []
    for target in rng.sample(targets, min(5, len(targets))):
        seconds, text = timed(lambda target=target: view(client, target))
        times.append(seconds)
        places += random_places(target, text, samples // 5, rng)
    return Latency(statistics.median(times), max(times)), places


def latency(client: Client, method: str, places: list[Json]) -> Latency:
    """Asks once at every place."""
    times = [timed(lambda place=place: client.request(method, place))[0] for place in places]
    return Latency(statistics.median(times), max(times))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds and result of a call."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
