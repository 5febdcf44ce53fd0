# Backups and where they are found: manifests, pointers, the oldest layout.
# SPDX-License-Identifier: MIT
import os

import tomllib

from era import ERA
from log import Failed


class Backup:
    def __init__(self, id="", steps=(), object_format="sha1", head="", empty=False, non_existent=False):
        self.id, self.steps = id, [dict(s) for s in steps]
        self.object_format, self.head = object_format, head
        self.empty, self.non_existent = empty, non_existent


def step(directory, number):
    name = f"{directory}/{number:03d}"
    return {"bundle_path": name + ".bundle", "ref_path": name + ".refs", "custom_hooks_path": name + ".custom_hooks.tar"}


def quoted(text):
    if all(c >= " " and c not in "'\x7f" for c in text):
        return f"'{text}'"
    out = ""
    for c in text:
        short = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
        out += short.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04X}")
    return f'"{out}"'


def write(backup):
    """A manifest's bytes."""
    out = ""
    if ERA.flags:
        out += f"empty = {str(backup.empty).lower()}\nnon_existent = {str(backup.non_existent).lower()}\n"
    out += f"object_format = {quoted(backup.object_format)}\n"
    if backup.head:
        out += f"head_reference = {quoted(backup.head)}\n"
    for s in backup.steps:
        out += "\n[[steps]]\n"
        for key in ("bundle_path", "ref_path", "previous_ref_path", "custom_hooks_path"):
            if s.get(key):
                out += f"{key} = {quoted(s[key])}\n"
    return out.encode()


def parse(text, id):
    value = tomllib.loads(text.decode())
    flags = (value.get("empty", False), value.get("non_existent", False)) if ERA.flags else (False, False)
    return Backup(id, value.get("steps", []), value.get("object_format", ""), value.get("head_reference", ""), *flags)


def nogit(path):
    return path[:-4] if path.endswith(".git") else path


class Layout:
    def __init__(self, sink, name):
        self.sink, self.name = sink, name

    def manifest_key(self, repo, id):
        return f"manifests/{repo['storage_name']}/{repo['relative_path']}/{id}.toml"

    def directory(self, repo, id):
        if self.name == "manifest":
            return f"{repo['storage_name']}/{repo['relative_path']}/{id}"
        return f"{nogit(repo['relative_path'])}/{id}"

    def full(self, repo, id):
        if self.name == "legacy":
            base = nogit(repo["relative_path"])
            return Backup(id, [{"bundle_path": base + ".bundle", "ref_path": base + ".refs", "custom_hooks_path": base + "/custom_hooks.tar"}])
        return Backup(id, [step(self.directory(repo, id), 1)])

    def increment(self, repo, id):
        """The next step of the newest backup; a full one if there is none."""
        try:
            base = self.newest_manifest(repo) if self.name == "manifest" else self.pointer(repo, self.pointed(repo))
        except FileNotFoundError:
            return self.full(repo, id)
        where = id if self.name == "manifest" else base.id
        new = step(self.directory(repo, where), len(base.steps) + 1)
        new["previous_ref_path"] = base.steps[-1]["ref_path"]
        base.steps.append(new)
        base.pointed, base.id = base.id, id
        return base

    def commit(self, repo, backup):
        if self.name == "pointer":
            directory = os.path.dirname(backup.steps[-1]["ref_path"])
            self.sink.put(directory + "/LATEST", f"{len(backup.steps):03d}".encode())
            self.sink.put(os.path.dirname(directory) + "/LATEST", os.path.basename(directory).encode())
        if self.name == "legacy":
            return
        text = write(backup)
        self.sink.put(self.manifest_key(repo, backup.id), text)
        if ERA.latest:
            self.sink.put(self.manifest_key(repo, "+latest"), text)

    def by_id(self, repo, id):
        return parse(self.sink.get(self.manifest_key(repo, id)), id)

    def marked(self):
        """The id of the newest run."""
        directory = self.sink.path("backup_ids")
        names = os.listdir(directory) if os.path.isdir(directory) else []
        return max(names, key=lambda n: (os.stat(os.path.join(directory, n)).st_mtime_ns, n), default=None)

    def newest_manifest(self, repo):
        if not ERA.markers:
            return self.by_id(repo, "+latest")
        id = self.marked()
        if id is not None and self.sink.has(self.manifest_key(repo, id)):
            return self.by_id(repo, id)
        prefix = f"manifests/{repo['storage_name']}/{repo['relative_path']}"
        found = []
        for top, _, names in os.walk(self.sink.path(os.path.dirname(prefix))):
            for name in names:
                key = os.path.relpath(os.path.join(top, name), self.sink.root)
                if key.startswith(prefix):
                    found.append((os.stat(self.sink.path(key)).st_mtime_ns, key))
        if not found:
            raise FileNotFoundError("no manifest")
        return self.by_id(repo, os.path.basename(max(found)[1]).removesuffix(".toml"))

    def pointed(self, repo):
        return self.sink.get(nogit(repo["relative_path"]) + "/LATEST").decode().removesuffix("\n")

    def pointer(self, repo, id):
        directory = f"{nogit(repo['relative_path'])}/{id}"
        n = int(self.sink.get(directory + "/LATEST").decode().strip())
        steps = [step(directory, i) for i in range(1, n + 1)]
        for before, s in zip(steps, steps[1:]):
            s["previous_ref_path"] = before["ref_path"]
        return Backup(id, steps)

    def find(self, repo, id):
        """What a restore takes.  FileNotFoundError if there is nothing."""
        if self.name == "manifest":
            return self.by_id(repo, id) if id else self.newest_manifest(repo)
        if id or ERA.latest:
            try:
                return self.by_id(repo, id or "+latest")
            except FileNotFoundError:
                pass
        if id:
            if self.name == "legacy":
                raise Failed("legacy layout: find: not supported")
            return self.pointer(repo, id)
        if self.name == "pointer" and self.sink.has(nogit(repo["relative_path"]) + "/LATEST"):
            return self.pointer(repo, self.pointed(repo))
        return Layout(self.sink, "legacy").full(repo, "")
