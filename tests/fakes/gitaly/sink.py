# Where the files go: a directory, written to as the version does.
# SPDX-License-Identifier: MIT
import os
import re
import time
import urllib.parse

from era import ERA


def local(path):
    """The directory that -path names."""
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path)
    if scheme and scheme[0].split("+")[-1] in ("s3:", "azblob:", "gs:", "mem:"):
        raise ValueError("buckets are not part of this stand-in")
    if not ERA.url:
        return path
    url = urllib.parse.urlsplit(path)
    if url.scheme not in ("", "file"):
        raise ValueError(f'unsupported sink URI scheme: "{url.scheme}"')
    os.makedirs(urllib.parse.unquote(url.path), mode=0o700, exist_ok=True)
    return urllib.parse.unquote(url.path)


class Sink:
    def __init__(self, root):
        self.root = root

    def path(self, key):
        return os.path.join(self.root, os.path.normpath(key))

    def writer(self, key):
        return Writer(self.path(key))

    def put(self, key, data):
        with self.writer(key) as w:
            w.write(data)

    def get(self, key):
        """The file's bytes; FileNotFoundError if there is none."""
        with open(self.path(key), "rb") as f:
            return f.read()

    def has(self, key):
        return os.path.isfile(self.path(key))


class Writer:
    """A file that appears when its first byte, or its end, is written."""

    def __init__(self, path):
        self.path, self.file = path, None
        self.name = f"{path}.{time.time_ns():x}.tmp" if ERA.atomic else path

    def open(self):
        os.makedirs(os.path.dirname(self.path), mode=0o777 if ERA.atomic else 0o700, exist_ok=True)
        fd = os.open(self.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666 if ERA.atomic else 0o600)
        self.file = os.fdopen(fd, "wb")

    def write(self, data):
        if self.file is None:
            self.open()
        self.file.write(data)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.file is None and kind is None:
            self.open()
        if self.file is None:
            return
        self.file.close()
        if self.name == self.path:
            return
        if kind is not None:
            os.unlink(self.name)
            return
        os.rename(self.name, self.path)
        if ERA.attrs:
            with open(self.path + ".attrs", "w", encoding="utf-8") as f:
                f.write('{"user.cache_control":"","user.content_type":"application/octet-stream"}\n')
