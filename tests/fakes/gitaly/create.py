# create: refs, bundle, hooks, manifest of each repository.
# SPDX-License-Identifier: MIT
import datetime
import os
import subprocess

import faults
import layout
from era import ERA
from git import Repository
from log import Failed, Skipped

NOTHING_NEW = b"fatal: Refusing to create empty bundle."


class Create:
    def __init__(self, sink, name, id, incremental):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.sink, self.layout = sink, layout.Layout(sink, name)
        self.id = id or now.strftime("%Y%m%d%H%M%S")
        self.incremental = incremental
        self.done = 0

    def repository(self, repo):
        r = Repository(repo)
        plan = self.layout.increment if self.incremental else self.layout.full
        if os.environ.get("FAKE_GITALY_CHEAP") or not r.exists():
            if not ERA.flags:
                raise Skipped
            backup = plan(repo, self.id)
            backup.empty = backup.non_existent = True
            backup.object_format = ""
        else:
            backup = plan(repo, self.id)
            self.take(r, backup)
        self.layout.commit(repo, backup)
        self.done += 1
        if faults.has("break", repo["relative_path"]):
            os.unlink(self.sink.path(backup.steps[-1]["bundle_path"]))

    def take(self, r, backup):
        step = backup.steps[-1]
        backup.object_format = r.object_format()
        backup.head = r.head()
        refs = r.refs()
        self.sink.put(step["ref_path"], refs)
        if refs:
            self.bundle(r, step)
        else:
            backup.empty = True  # and never false again
        self.hooks(r, step)

    def bundle(self, r, step):
        """All references; in an increment, less what the step before had."""
        args, stdin = ["bundle", "create", "--quiet", "-", "--all"], b""
        if "previous_ref_path" in step:
            try:
                before = self.sink.get(step["previous_ref_path"])
            except FileNotFoundError:
                raise Failed("manager: read previous refs: doesn't exist") from None
            args += ["--ignore-missing", "--stdin"]
            stdin = b"".join(b"^" + line.split(b" ")[0] + b"\n" for line in before.splitlines())
        done = r.git(*args, stdin=stdin, ok=(0, 128))
        if done.returncode == 128:
            if not done.stderr.startswith(NOTHING_NEW):
                raise Failed("manager: write bundle: " + done.stderr.decode(errors="replace"))
            if not ERA.header_only:
                raise Skipped
        with self.sink.writer(step["bundle_path"]) as w:
            w.write(done.stdout)

    def hooks(self, r, step):
        if not os.path.isdir(os.path.join(r.dir, "custom_hooks")):
            return
        done = subprocess.run(["tar", "-c", "-f", "-", "-C", r.dir, "custom_hooks"], stdout=subprocess.PIPE, check=True)
        self.sink.put(step["custom_hooks_path"], done.stdout)

    def finish(self, success, done):
        if ERA.markers and self.done > 0:
            self.sink.put("backup_ids/" + self.id, b"")
