# restore: each repository made what its backup says.
# SPDX-License-Identifier: MIT
import os
import re
import shutil
import subprocess
import tempfile

import layout
import log
from era import ERA
from git import Repository, storage
from log import Failed, Skipped

POOL = re.compile(r"@pools/([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}\.git|@cluster/pools/[0-9a-f]{2}/[0-9a-f]{2}/\d+")


def walk(name):
    """The repositories on a storage, by their relative paths."""
    top = storage(name)
    for where, dirs, _ in os.walk(top):
        path = os.path.relpath(where, top)
        if path == "+gitaly":
            dirs.clear()
        elif Repository({"storage_name": name, "relative_path": path}).exists():
            dirs.clear()
            yield path


def pairs(refs):
    """Name to object id, without HEAD."""
    out = {}
    for line in refs.splitlines():
        oid, space, name = line.partition(b" ")
        if not space:
            raise Failed("invalid reference line")
        if name != b"HEAD":
            out[name] = oid
    return out


class Restore:
    def __init__(self, sink, name, id, remove_all):
        self.sink, self.layout = sink, layout.Layout(sink, name)
        self.id, self.remove_all = id, remove_all
        self.found = []

    def prepare(self):
        for name in self.remove_all:
            if ERA.in_place:
                self.found += [(name, path) for path in walk(name)]
            else:
                for entry in os.listdir(storage(name)):
                    shutil.rmtree(os.path.join(storage(name), entry))

    def finish(self, success, done):
        if not success:
            return
        kept = {(r["storage_name"], r["relative_path"]) for r in done}
        for name, path in self.found:
            if (name, path) not in kept and not (ERA.keeps_pools and POOL.fullmatch(path)):
                Repository({"storage_name": name, "relative_path": path}).remove()

    def missing(self, repo, r):
        if not ERA.flags:
            if self.id or not repo["always_create"]:
                if not self.id:
                    r.remove()
                raise Skipped
            return
        if not self.id:
            r.remove()
        raise Failed("manager: repository not found: doesn't exist")

    def repository(self, repo):
        r = Repository(repo)
        if not ERA.in_place:
            r.remove()
        try:
            backup = self.layout.find(repo, self.id)
        except FileNotFoundError:
            if not ERA.in_place:
                raise Skipped from None
            self.missing(repo, r)
            return
        if not backup.steps:
            raise Failed("no backup steps")
        if backup.non_existent:
            return
        if not backup.empty and backup.object_format not in ("sha1", "sha256"):
            raise Failed(f'unknown object format: "{backup.object_format}"')
        if backup.empty:
            r.remove()
            r.init(backup.object_format, backup.head)
        elif not (ERA.in_place and self.reset(repo, r, backup)):
            self.fetch_all(repo, r, backup)
        self.hooks(r, backup)

    def last_refs(self, backup):
        return pairs(self.sink.get(backup.steps[-1]["ref_path"]))

    def update(self, r, want, delete_only=False):
        have = pairs(r.refs())
        lines = [b"delete " + n for n in have if n not in want]
        if not delete_only:
            lines += [b"update " + n + b" " + o for n, o in want.items()]
        r.git("update-ref", "--stdin", stdin=b"".join(line + b"\n" for line in lines))

    def reset(self, repo, r, backup):
        """Tries what is there, all its objects and new references."""
        try:
            if not r.exists() or not backup.head:
                raise Failed("repository not found")
            self.update(r, self.last_refs(backup))
            r.git("symbolic-ref", "HEAD", backup.head)
            return True
        except (Failed, OSError) as e:
            job = log.Job("restore", repo)
            log.line("warning", "unable to reset refs. Proceeding with a normal restore", error=str(e), **job.fields)
            return False

    def fetch_all(self, repo, r, backup):
        if not ERA.never_removes:
            r.remove()
        if not r.exists():
            r.init(backup.object_format, backup.head)
        for step in backup.steps:
            try:
                refs = self.sink.get(step["ref_path"])
            except FileNotFoundError:
                if ERA.flags:
                    raise Failed("manager: read refs: doesn't exist") from None
                if repo["always_create"]:
                    break
                r.remove()
                raise Skipped from None
            if refs:
                self.fetch(r, step)
            if not ERA.in_place:
                self.hooks(r, layout.Backup(steps=[step]))
        if not backup.head:
            self.guess_head(r, backup)
        if ERA.never_removes:
            self.update(r, self.last_refs(backup), delete_only=True)
            try:
                self.update(r, self.last_refs(backup))
            except Failed:
                pass
            if backup.head:
                r.git("symbolic-ref", "HEAD", backup.head)

    def fetch(self, r, step):
        with tempfile.NamedTemporaryFile() as copy:
            try:
                copy.write(self.sink.get(step["bundle_path"]))
            except FileNotFoundError:
                raise Failed("manager: read bundle: doesn't exist") from None
            copy.flush()
            r.git("fetch", "--no-write-fetch-head", "--quiet", "--atomic", copy.name, "+refs/*:refs/*")

    def guess_head(self, r, backup):
        bundle = self.sink.path(backup.steps[-1]["bundle_path"])
        if not os.path.exists(bundle):
            return
        heads = pairs(r.git("bundle", "list-heads", bundle, "HEAD").stdout.replace(b" HEAD", b" head"))
        refs = {n: o for n, o in pairs(r.refs()).items() if n.startswith(b"refs/heads/") and o == heads.get(b"head")}
        for name in [b"refs/heads/main", b"refs/heads/master"] + sorted(refs):
            if name in refs:
                r.git("symbolic-ref", "HEAD", name.decode())
                return
        raise Failed("cannot find HEAD")

    def hooks(self, r, backup):
        archive = self.sink.path(backup.steps[-1]["custom_hooks_path"])
        if not os.path.exists(archive):
            return
        shutil.rmtree(os.path.join(r.dir, "custom_hooks"), ignore_errors=True)
        subprocess.run(["tar", "-xf", archive, "-C", r.dir, "--strip-components", "0", "custom_hooks"], check=True)
