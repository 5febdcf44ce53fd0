# Faults that a test can ask for: objects of JSON.
#
# Which requests:
#	method		"POST"; absent: any
#	path		a regular expression, searched for in the path and query
#	nth		from which match on (1)
#	times		for how many matches (1); "always"
# What becomes of them (the first two that apply are not executed unless
# "execute" is true; all others are executed first):
#	drop		"before" or "after" it is executed: no answer
#	status		answered with this HTTP status and an error's body:
#			"word" (NOT_FOUND), "message" and "reason", its parts
#	html		that status with a page of HTML
#	headers		an object: more headers; "retry_after": that one
#	body		exactly this text, or value, instead of the answer
#	merge		an object laid over the answer; null deletes a key
#	truncate	only the first so many bytes of the answer, said to be all
#	cut		so many bytes of it, then the connection ends
#	huge		the answer with a field of so many bytes more
#	slow		so many seconds pass before the answer
#	wait		a file: no answer before it is there
#
# SPDX-License-Identifier: MIT
import json
import re
import threading
import time

import errors
import wire

PAGE = "<!DOCTYPE html>\n<html><title>Error {0}</title>\n<p><b>{0}.</b> <ins>That’s an error.</ins>\n"
KNOWN = set("method path nth times drop status word message reason html headers retry_after body merge truncate cut huge slow wait execute".split())


def lay_over(value, more):
    """The second laid over the first, objects key by key; null deletes."""
    if not isinstance(value, dict) or not isinstance(more, dict):
        return more
    value = dict(value)
    for key, v in more.items():
        if v is None:
            value.pop(key, None)
        else:
            value[key] = lay_over(value.get(key), v)
    return value


class Fault:
    def __init__(self, spec):
        unknown = set(spec) - KNOWN
        if unknown:
            raise ValueError(f"no such part of a fault: {', '.join(sorted(unknown))}")
        self.spec = spec
        self.path = re.compile(spec.get("path", ""))
        self.skip = int(spec.get("nth", 1)) - 1
        times = spec.get("times", 1)
        self.left = float("inf") if times == "always" else int(times)

    def matches(self, request):
        if self.spec.get("method", request.method) != request.method or self.left <= 0:
            return False
        target = request.path + ("?" + request.query if request.query else "")
        if not self.path.search(target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return True

    def apply(self, execute):
        spec = self.spec
        if "wait" in spec and not spec.get("execute", True):
            wire.wait_for_file(spec["wait"])
        if spec.get("drop") == "before":
            raise wire.Gone
        answer = None
        if "status" not in spec or spec.get("execute"):
            answer = execute()
        if spec.get("drop"):
            raise wire.Gone
        time.sleep(spec.get("slow", 0))
        if "wait" in spec:
            wire.wait_for_file(spec["wait"])
        return self.change(answer)

    def change(self, answer):
        spec = self.spec
        if "status" in spec:
            answer = self.error(spec["status"])
        if "body" in spec:
            body = spec["body"]
            data = body.encode() if isinstance(body, str) else (json.dumps(body) + "\n").encode()
            answer = wire.Answer(data, answer.status, dict(answer.headers, **{"Content-Type": wire.JSON}))
        if "merge" in spec:
            answer.bytes = json.dumps(lay_over(json.loads(answer.bytes), spec["merge"])).encode()
        if "huge" in spec:
            value = json.loads(answer.bytes)
            value["padding"] = "x" * spec["huge"]
            answer.bytes = json.dumps(value).encode()
        if "truncate" in spec:
            answer.bytes = answer.bytes[: spec["truncate"]]
        answer.cut = spec.get("cut")
        answer.headers.update(spec.get("headers", {}))
        if "retry_after" in spec:
            answer.headers["Retry-After"] = str(spec["retry_after"])
        return answer

    def error(self, http):
        if self.spec.get("html"):
            return wire.Answer(PAGE.format(http).encode(), http, {"Content-Type": "text/html; charset=UTF-8"})
        word = self.spec.get("word", errors.STATUSES.get(http, "UNKNOWN"))
        headers = {}
        if http == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        message = self.spec.get("message", "This is a fault of the test's.")
        return wire.Answer(errors.body(http, word, message, self.spec.get("reason")), http, headers)


class Faults:
    def __init__(self):
        self.list, self.lock = [], threading.Lock()

    def add(self, spec):
        fault = Fault(spec)
        with self.lock:
            self.list.append(fault)

    def clear(self):
        with self.lock:
            self.list = []

    def match(self, request):
        """The first fault for this request; its count is used up."""
        with self.lock:
            return next((f for f in self.list if f.matches(request)), None)
