"""A web server on this computer that misbehaves when a test asks it to."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Misbehave = Callable[[BaseHTTPRequestHandler, int], str]
"""Called with a request and its number from 1; returns ``done`` when it answered, ``cut`` for half a body, or nothing."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        self.server.requests.append(f"{self.command} {self.path}")
        told = self.server.misbehave(self, len(self.server.requests))
        if told == "done":
            return
        content = self.server.files.get(self.path.partition("?")[0])
        if content is None:
            send(self, 404)
            return
        span = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(span[1]) if span else 0
        last = min(int(span[2]) if span and span[2] else len(content), len(content) - 1)
        ranged = {"Content-Range": f"bytes {first}-{last}/{len(content)}"} if span else {}
        body = content[first : last + 1]
        send(self, 206 if span else 200, **self.server.headers, **ranged, length=len(body))
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2] if told == "cut" else body)
            self.close_connection = told == "cut"


def send(handler, code, *, length=0, **headers):
    """Send the head of an answer; names of headers may have _ for -."""
    handler.send_response(code)
    for name, value in {"Accept-Ranges": "bytes", "Content-Length": str(length), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def redirect_to(target: str) -> Misbehave:
    """Return what sends every request elsewhere."""

    def misbehave(handler, _number):
        send(handler, 302, Location=target)
        return "done"

    return misbehave


def fail_until(count: int, code: int = 503) -> Misbehave:
    """Return what answers the first requests with an error."""

    def misbehave(handler, number):
        if number > count:
            return ""
        send(handler, code)
        return "done"

    return misbehave


@contextmanager
def served(files: dict[str, bytes], misbehave: Misbehave = lambda _handler, _number: "", **headers: str):
    """Give a server of these files by path, with its ``address`` and the ``requests`` it had."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.misbehave, server.headers, server.requests = files, misbehave, headers, []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
