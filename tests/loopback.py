"""A real HTTP server on the loopback address that plays a platform, well or badly, and a clock that never waits."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pipeline.publish.destinations.pacing import Clock, SystemClock


@dataclass
class SimulatedClock:
    """A clock that moves only when somebody sleeps; `slept` are the waits in order."""

    seconds: float = 1000.0
    slept: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def now(self) -> float:
        """The seconds so far."""
        with self._lock:
            return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        with self._lock:
            self.seconds += seconds
            self.slept.append(seconds)


@dataclass(frozen=True)
class Received:
    """A request as it came: `path` unquoted, `params` of its query, header names in lower case, `at` by the clock."""

    method: str
    path: str
    query: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        """The body's JSON, None without a body."""
        return json.loads(self.body) if self.body else None


class Fault(Enum):
    """How an answer can go wrong on its way."""

    NONE = "none"
    HALF_CLOSED = "half closed"
    HUNG_UP = "hung up"


@dataclass(frozen=True)
class Reply:
    """What is answered: `json`, or the bytes of `body`; `wait_seconds` by the wall's clock before anything is said."""

    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    wait_seconds: float = 0.0
    fault: Fault = Fault.NONE

    @property
    def content(self) -> bytes:
        """The bytes to send."""
        if self.body is not None:
            return self.body
        return b"" if self.json is None else json.dumps(self.json).encode()


Answering = Callable[[Received], Reply]


def too_many(seconds: float | None = None) -> Reply:
    """Status 429; with seconds, asks to wait that long."""
    return Reply(429, {"error": "too many requests"}, {} if seconds is None else {"Retry-After": f"{seconds:g}"})


def failing(status: int = 500) -> Reply:
    """The platform's own mistake, told in HTML."""
    return Reply(status, body=b"<html>Something broke</html>", headers={"Content-Type": "text/html"})


def slow(seconds: float, then: Reply | None = None) -> Reply:
    """An answer that takes that long by the wall's clock."""
    told = then or Reply(json={})
    return Reply(told.status, told.json, told.headers, told.body, wait_seconds=seconds)


def half_closed() -> Reply:
    """A connection that ends in the middle of the answer."""
    return Reply(json={"data": "x" * 200}, fault=Fault.HALF_CLOSED)


def malformed() -> Reply:
    """Status 200 with something that is no JSON."""
    return Reply(body=b'{"data": [', headers={"Content-Type": "application/json"})


def hung_up() -> Reply:
    """A connection that ends without an answer."""
    return Reply(fault=Fault.HUNG_UP)


@dataclass
class Faults:
    """An answer that goes wrong for chosen requests, by their number in order of arrival, the first being 1.

    Those of `instead` get the fault and are not carried out; those of `after` are carried out, then only the answer is
    replaced by the fault.
    """

    answer: Answering
    instead: Mapping[int, Reply] = field(default_factory=dict)
    after: Mapping[int, Reply] = field(default_factory=dict)
    number: int = 0

    def __call__(self, request: Received) -> Reply:
        self.number += 1
        if self.number in self.instead:
            return self.instead[self.number]
        told = self.answer(request)
        return self.after.get(self.number, told)


@dataclass
class Server:
    """The server as a test sees it: its address and every request so far, in order of arrival."""

    url: str
    received: list[Received] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)


@contextmanager
def serving(answer: Answering, clock: Clock | None = None) -> Iterator[Server]:
    """Serve `answer`, which is called for one request at a time, as long as the context.

    An exception in `answer` is told as status 401, so that nobody tries again, and raised again at the end.
    """
    listening = _Listening(answer, clock or SystemClock())
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield listening.told
    finally:
        listening.end()
        thread.join()
        if listening.told.problems:
            raise listening.told.problems[0]


class _Listening(ThreadingHTTPServer):
    """The server's socket, its open connections, and one lock for all that is carried out."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, answer: Answering, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.answer, self.clock, self.one_at_a_time = answer, clock, threading.Lock()
        self.over = threading.Event()
        self.connections: set[socket] = set()
        self.told = Server(f"http://127.0.0.1:{self.server_address[1]}")

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """A client that hung up is no news."""

    def carried_out(self, request: Received) -> Reply:
        with self.one_at_a_time:
            self.told.received.append(request)
            try:
                return self.answer(request)
            except BaseException as problem:  # noqa: BLE001 - raised where the test waits for it
                self.told.problems.append(problem)
                return Reply(401)

    def end(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    """One client's connection, kept open between its requests."""

    server: _Listening
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        """Read the request, let it be carried out, and tell what came of it."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        self._tell(
            self.server.carried_out(
                Received(self.command, parts.path, parts.query, params, headers, body, self.server.clock.now())
            )
        )

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815 - the library's names

    def _tell(self, reply: Reply) -> None:
        if reply.wait_seconds:
            self.server.over.wait(reply.wait_seconds)
        if reply.fault is Fault.HUNG_UP:
            self.close_connection = True
            return
        content = reply.content
        self.send_response(reply.status)
        for name, value in ({"Content-Type": "application/json"} | dict(reply.headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if reply.fault is Fault.HALF_CLOSED:
            self.close_connection = True
            content = content[: len(content) // 2]
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Tests read the requests, not a log."""
