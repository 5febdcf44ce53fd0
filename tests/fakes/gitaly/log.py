# The log: JSON lines on stdout as Go's encoder writes them, keys in order.
# SPDX-License-Identifier: MIT
import datetime
import json
import os
import sys

from era import ERA


class Failed(Exception):
    """This repository, or this run, cannot be done."""


class Skipped(Exception):
    """This repository is left out, which is no failure."""


ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def line(level, msg, **fields):
    now = datetime.datetime.now(datetime.timezone.utc)
    fields = {k.replace("__", "."): v for k, v in fields.items()}
    fields.update(level=level, msg=msg, pid=os.getpid(), time=now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z")
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write(text.translate(ESCAPES) + "\n")
    sys.stdout.flush()


class Job:
    def __init__(self, command, repo):
        self.command, self.repo = command, repo
        self.fields = {ERA.command_key.replace(".", "__"): command}
        for key in ("storage_name", "relative_path", "gl_project_path"):
            self.fields[key] = repo[key]

    def info(self, msg):
        line("info", msg, **self.fields)

    def warning(self, msg):
        line("warning", msg, **self.fields)

    def error(self, msg, error):
        line("error", msg, error=error, **self.fields)
