# Buckets with their objects, and who may do what with them.
# SPDX-License-Identifier: MIT
import base64
import hashlib
import struct

OBJECT_ADMIN = {"storage.objects." + v for v in "create delete get list update".split()}
ROLES = {
    "roles/storage.objectViewer": {"storage.objects.get", "storage.objects.list"},
    "roles/storage.objectCreator": {"storage.objects.create"},
    "roles/storage.objectUser": OBJECT_ADMIN,
    "roles/storage.objectAdmin": OBJECT_ADMIN,
    "roles/storage.legacyObjectReader": {"storage.objects.get"},
    "roles/storage.legacyBucketReader": {"storage.buckets.get", "storage.objects.list"},
    "roles/storage.legacyBucketWriter": {
        "storage.buckets.get",
        "storage.objects.list",
        "storage.objects.create",
        "storage.objects.delete",
    },
    "roles/storage.admin": OBJECT_ADMIN
    | {"storage.buckets." + v for v in "create delete get list update getIamPolicy setIamPolicy".split()},
}
TABLE = []


def crc32c(data):
    """Castagnoli's, as base64 of its four bytes."""
    if not TABLE:
        for n in range(256):
            for _ in range(8):
                n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
            TABLE.append(n)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return base64.b64encode(struct.pack(">I", crc ^ 0xFFFFFFFF)).decode()


class Object:
    """One version; fields are the names of Cloud Storage's own JSON."""

    def __init__(self, content, generation, now, fields, size=None):
        self.content, self.generation, self.created, self.updated = content, generation, now, now
        self.size = len(content) if size is None else size
        self.fields = dict(fields)

    def sum(self):
        # An object that only claims a size is told by that size.
        return hashlib.md5(self.content + (b"" if self.size == len(self.content) else b"%d" % self.size)).digest()

    def same_as(self, other):
        return self.size == other.size and self.sum() == other.sum()


class Bucket:
    def __init__(self, name, created, agent, fields):
        self.name, self.created, self.objects = name, created, {}
        self.location = fields.pop("location", "EU")
        self.storage_class = fields.pop("storageClass", "STANDARD")
        # Roles of the service agent, and permissions of the caller.
        roles = fields.pop("agent", ["roles/storage.objectAdmin", "roles/storage.legacyBucketReader"])
        caller = fields.pop("caller", True)
        self.caller = None if caller is True else set(caller or [])
        self.bindings = [{"role": r, "members": ["serviceAccount:" + agent]} for r in roles or []]
        self.bindings += fields.pop("bindings", [])
        self.uniform = fields.pop("uniform", True)
        self.requester_pays = fields.pop("requesterPays", False)
        self.fields = fields

    def may(self, agent, inherited, permission):
        """Whether the service agent has this permission here."""
        roles = set(inherited)
        for b in self.bindings:
            if "serviceAccount:" + agent in b["members"] and not b.get("condition"):
                roles.add(b["role"])
        return any(permission in ROLES.get(r, ()) for r in roles)

    def caller_may(self, permission):
        return self.caller is None or permission in self.caller
