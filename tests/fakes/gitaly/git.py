# The Gitaly behind: repositories on storages, by plain git commands.
# SPDX-License-Identifier: MIT
import os
import shutil
import subprocess

from log import Failed

ENV = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
ENV.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_NO_REPLACE_OBJECTS="1", LC_ALL="C")
CONFIG = ["gc.auto=0", "maintenance.auto=0", "pack.windowMemory=100m", "core.bigFileThreshold=50m", "core.useReplaceRefs=false", "safe.directory=*", "transfer.fsckObjects=false"]


def storage(name):
    for part in os.environ.get("FAKE_GITALY_STORAGES", "").split(","):
        if part.partition("=")[0] == name:
            return part.partition("=")[2]
    raise Failed(f'rpc error: code = InvalidArgument desc = storage name "{name}" not found')


class Repository:
    def __init__(self, repo):
        self.dir = os.path.join(storage(repo["storage_name"]), repo["relative_path"])

    def exists(self):
        return all(os.path.exists(os.path.join(self.dir, n)) for n in ("HEAD", "objects", "refs"))

    def git(self, *args, stdin=b"", ok=(0,), out=None):
        command = ["git", f"--git-dir={self.dir}"]
        for setting in CONFIG:
            command += ["-c", setting]
        done = subprocess.run(command + list(args), input=stdin, env=ENV, stderr=subprocess.PIPE, stdout=out or subprocess.PIPE, check=False)
        if done.returncode not in ok:
            raise Failed(f"git {args[0]}: exit status {done.returncode}, stderr: {done.stderr.decode(errors='replace')!r}")
        return done

    def object_format(self):
        return self.git("rev-parse", "--show-object-format").stdout.decode().strip()

    def head(self):
        return self.git("symbolic-ref", "-q", "HEAD", ok=(0, 1)).stdout.decode().strip()

    def refs(self):
        """Lines "OID NAME", HEAD first if it names an object."""
        lines = self.git("for-each-ref", "--sort=refname", "--format=%(objectname) %(refname)", "refs/").stdout
        if not lines:
            return b""
        head = self.git("rev-parse", "--verify", "-q", "HEAD", ok=(0, 1, 128)).stdout.strip()
        return (head + b" HEAD\n" if head else b"") + lines

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def init(self, object_format, head):
        command = ["git", "init", "--bare", "--quiet", f"--object-format={object_format}"]
        if head.startswith("refs/heads/"):
            command.append("--initial-branch=" + head[len("refs/heads/"):])
        new = self.dir + ".new"
        os.makedirs(os.path.dirname(self.dir), exist_ok=True)
        subprocess.run(command + [new], env=ENV, check=True)
        os.rename(new, self.dir)
