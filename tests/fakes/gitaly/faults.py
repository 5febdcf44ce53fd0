# Faults that a test can ask for: words between semicolons.
#
#	fail:PATH	this repository fails
#	token:PATH	so does this one, and its error tells the token
#	huge:PATH:N	so does this one, with an error of N bytes
#	unanswered:PATH	it is done, and nothing is said of it
#	die:N:SIGNAL	ends by this signal when repository N is started
#	hang:N		does nothing more when repository N is started
#	garbage		writes lines that are no log
#	foreign		tells of a repository that nobody has asked for
#	stderr:TEXT	writes to stderr, the token, too
#	exit:N		ends with this status after success
#	refuse:TEXT	fails before anything is done
#	break:PATH	tells that it is done, but its files are gone
#
# SPDX-License-Identifier: MIT
import base64
import json
import os
import signal
import sys

import log

FAULTS = [f.split(":") for f in os.environ.get("FAKE_GITALY_FAULTS", "").split(";") if f]
started_so_far = 0


def asked(kind):
    return [f[1:] for f in FAULTS if f[0] == kind]


def has(kind, path):
    return any(f[0] == path for f in asked(kind))


def setup():
    for text in asked("stderr"):
        servers = os.environ.get("GITALY_SERVERS", "")
        print(*text, servers, base64.b64decode(servers).decode(), file=sys.stderr, flush=True)
    if asked("garbage"):
        sys.stdout.buffer.write(b"\x1b[31mpanic:\xff no JSON\n{\"level\":\n[1]\n{}\n\n")
        sys.stdout.buffer.flush()
    for text in asked("refuse"):
        log.line("error", "create: " + text[0])
        sys.exit(1)


def started(job):
    global started_so_far
    started_so_far += 1
    for n, sig in asked("die"):
        if started_so_far == int(n):
            os.kill(os.getpid(), int(sig))
    for (n,) in asked("hang"):
        if started_so_far == int(n):
            signal.pause()


def job(job, token):
    path = job.repo["relative_path"]
    if asked("foreign"):
        log.Job(job.command, dict(job.repo, relative_path="foreign.git")).info("completed " + job.command)
    if has("fail", path):
        raise log.Failed("manager: rpc error: code = Internal desc = <a> & b")
    if has("token", path):
        quoted = json.dumps(token)
        raise log.Failed(f"dial: Bearer {token} or {quoted} in {os.environ.get('GITALY_SERVERS')}")
    for p, n in asked("huge"):
        if p == path:
            raise log.Failed("x" * int(n))


def unanswered(job):
    return has("unanswered", job.repo["relative_path"])


def status():
    for n in asked("exit"):
        return int(n[0])
    return 0
