"""A little server on loopback that speaks OpenAI's chat completions, well or badly, as a test says."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

from baselines.openai_chat import OpenAIChat

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk-not-a-real-key-0123456789"
HELLO = [{"role": "user", "content": "hello"}]
RELEASED_AFTER = 20.0  # seconds; a stall ends with the server


@dataclass(frozen=True, kw_only=True)
class Play:
    """One response. ``missing`` bytes of the body are announced and not sent; a silent one is no response at all.

    Of a response that drips there comes a byte every so many seconds, from its first one or from its body on.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    stalls: bool = False
    silent: bool = False
    drips: float = 0.0
    drips_from: Literal["head", "body"] = "body"


def good(text="{}", *, prompt_tokens=10, completion_tokens=2, **message):
    """A completion."""
    return as_json(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text, **message},
                }
            ],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": (prompt_tokens or 0) + (completion_tokens or 0),
            },
        }
    )


def as_json(value, *, status=200, **headers):
    """Any JSON as a response."""
    return Play(status=status, body=json.dumps(value).encode(), headers={"Content-Type": "application/json", **headers})


def error(status, message="no", **headers):
    """An error in OpenAI's form; underscores in names of headers are hyphens."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return as_json({"error": {"message": message, "type": "t", "param": None, "code": None}}, status=status, **named)


STALL = Play(stalls=True)
HANG_UP = Play(silent=True)
DRIP = Play(body=good("long " * 200).body, headers={"Content-Type": "application/json"}, drips=0.02)
DRIP_OF_HEADERS = Play(drips=0.02, drips_from="head")
NO_JSON = Play(body=b"<html>busy</html>", headers={"Content-Type": "text/html"})
CUT = Play(body=good("long").body, headers={"Content-Type": "application/json"}, missing=50)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.owner.answer(self)

    def log_message(self, *_args):
        """Nothing is written."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them, so that no socket is left open
    owner: ChatServer

    def handle_error(self, *_args):
        """A client that went away is what some tests are about."""


class ChatServer:
    """Answers requests from a list, in order, and then always with the last; or by a function of a request's body.

    Attributes:
        bodies: Of the requests, as JSON.
        headers: Likewise, with names in lower case.
        most_under_way: How many requests there were at once.
        meeting: Where set, a barrier at which requests wait for others before they are answered.
    """

    def __init__(self, *plays: Play | Callable[[dict], Play]):
        self.plays = list(plays) or [good()]
        self.bodies: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.most_under_way = 0
        self.meeting: threading.Barrier | None = None
        self._under_way = 0
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def count(self):
        """How many requests there were."""
        return len(self.bodies)

    def play(self, *plays):
        """What is played from here on."""
        with self._lock:
            self.plays = list(plays)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exc):
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self._lock:
            self.bodies.append(body)
            self.headers.append({name.lower(): value for name, value in handler.headers.items()})
            self.paths.append(handler.path)
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
            play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        try:
            if self.meeting is not None:
                self.meeting.wait(RELEASED_AFTER)
            play = play(body) if callable(play) else play
            if play.stalls:
                self._released.wait(RELEASED_AFTER)
        finally:
            with self._lock:  # before the answer goes out, since the client may then ask again
                self._under_way -= 1
        if not (play.silent or play.stalls):
            _send(handler, play, self._released)


def _send(handler, play, released):
    if play.drips and play.drips_from == "head":
        return _drip(handler, b"HTTP/1.1 200 OK\r\n" + b"X-Padding: more\r\n" * 1000, play.drips, released)
    handler.send_response(play.status)
    for name, value in play.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(play.body) + play.missing))
    handler.end_headers()
    if play.drips:
        return _drip(handler, play.body, play.drips, released)
    return handler.wfile.write(play.body)


def _drip(handler, sent, seconds, released):
    """A byte at a time, until all are out, the client went away, or the server ends."""
    for byte in sent:
        if released.wait(seconds):
            return
        try:
            handler.wfile.write(bytes([byte]))
        except OSError:
            return


def client(server, **settings):
    """A client of a server that tries three times at once."""
    chosen = {"base_url": server.url, "api_key": KEY, "longest_pause": 0.0, "attempts": 3, "timeout": 20.0, **settings}
    return OpenAIChat("m", **chosen)


def nobody_listens():
    """The address of a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
