# HTTP/1.1 by hand, so that a fault can be anything that a network can do.
# SPDX-License-Identifier: MIT
import json
import os
import socket
import threading
import time
from urllib.parse import parse_qsl, unquote

import errors

REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
JSON = "application/json; charset=UTF-8"


class Gone(Exception):
    """The connection is to end without an answer."""


class Request:
    def __init__(self, n, method, target, headers, body):
        self.n, self.method, self.headers, self.body = n, method, headers, body
        self.raw_path, _, self.query = target.partition("?")
        self.path = unquote(self.raw_path)
        self.params = dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self):
        """The body as an object; what is none is refused as Google does."""
        try:
            value = json.loads(self.body.decode("utf-8") or "{}")
        except ValueError:
            raise errors.invalid("Invalid JSON payload received.") from None
        if not isinstance(value, dict):
            raise errors.invalid("Invalid JSON payload received. The root must be an object.")
        return value

    def record(self):
        text = self.body.decode("utf-8", "backslashreplace")
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        return {
            "n": self.n,
            "method": self.method,
            "path": self.path,
            "raw_path": self.raw_path,
            "query": self.query,
            "params": self.params,
            "headers": self.headers,
            "body": text,
            "json": value,
        }


class Answer:
    def __init__(self, body=None, status=200, headers=None):
        self.status, self.headers = status, dict(headers or {})
        if isinstance(body, bytes):
            self.bytes = body
        else:
            self.bytes = (json.dumps({} if body is None else body, indent=2) + "\n").encode()
            self.headers.setdefault("Content-Type", JSON)
        self.cut = None  # only so many bytes are sent, then the end

    def head(self):
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        lines += [f"Content-Length: {len(self.bytes)}", "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace")


class Log:
    """Lines of JSON, whole and in order, whoever writes them."""

    def __init__(self, name):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.fd, self.lock = os.open(name, flags, 0o600), threading.Lock()

    def line(self, value):
        data = (json.dumps(value) + "\n").encode()
        with self.lock:
            while data:
                data = data[os.write(self.fd, data) :]


class Server:
    def __init__(self, log, answer, faults):
        self.answer, self.faults = answer, faults
        self.requests = Log(log)
        self.answers = Log(log if log == os.devnull else log + ".answers")
        self.n, self.lock = 0, threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]

    def serve(self):
        while True:
            peer, _ = self.listener.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.connection, args=(peer,), daemon=True).start()

    def connection(self, peer):
        with peer, peer.makefile("rb") as stream:
            try:
                while self.exchange(peer, stream):
                    pass
            except (OSError, Gone):
                pass

    def exchange(self, peer, stream):
        """One request and its answer; False when no other is to follow."""
        request = self.read(peer, stream)
        if request is None:
            return False
        ours = request.path.startswith("/_fake/")
        if not ours:
            self.requests.line(request.record())
        fault = None if ours else self.faults.match(request)
        if fault:
            answer = fault.apply(lambda: self.answer(request))
        else:
            answer = self.answer(request)
        if not ours:
            text = answer.bytes[:2000].decode("utf-8", "replace")
            self.answers.line({"n": request.n, "status": answer.status, "headers": answer.headers, "body": text})
        head = b"" if request.method == "HEAD" else answer.bytes
        peer.sendall(answer.head() + head[: answer.cut])
        return answer.cut is None and request.headers.get("connection", "").lower() != "close"

    def read(self, peer, stream):
        line = stream.readline(65536).decode("latin-1")
        words = line.split()
        if len(words) != 3:
            return None
        headers = {}
        while True:
            line = stream.readline(65536).decode("latin-1").strip()
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.read_body(stream, headers)
        if words[2] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        with self.lock:
            self.n += 1
            return Request(self.n, words[0], words[1], headers, body)

    def read_body(self, stream, headers):
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return stream.read(int(headers.get("content-length") or 0))
        body = b""
        while True:
            size = int(stream.readline().split(b";")[0], 16)
            body += stream.read(size)
            stream.readline()
            if size == 0:
                return body


def wait_for_file(name, limit=60):
    """Until the file is there; a test makes it."""
    end = time.monotonic() + limit
    while not os.path.exists(name) and time.monotonic() < end:
        time.sleep(0.01)
