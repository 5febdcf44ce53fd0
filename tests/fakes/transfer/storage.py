# The routes of Cloud Storage's JSON interface that people and clients need to
# see what was copied, and what a check before a copy asks.
# SPDX-License-Identifier: MIT
import base64
import re
from urllib.parse import parse_qsl, unquote

import errors
import tokens
import wire
from bucket import Bucket, crc32c
from state import short


def allow(world, request):
    try:
        return tokens.caller(world, request)
    except errors.Failed:
        raise errors.storage(401, "authError", "Invalid Credentials") from None


def bucket(world, who, name, permission):
    found = world.buckets.get(name)
    if found is None:
        raise errors.storage(404, "notFound", "The specified bucket does not exist.")
    if not found.caller_may(permission):
        raise errors.storage(
            403,
            "forbidden",
            f"{who} does not have {permission} access to the Google Cloud Storage bucket. "
            f"Permission '{permission}' denied on resource (or it may not exist).",
        )
    return found


def render_bucket(world, b):
    value = {
        "kind": "storage#bucket",
        "id": b.name,
        "name": b.name,
        "projectNumber": world["project_number"],
        "location": b.location.upper(),
        "locationType": "multi-region" if len(b.location) < 5 else "region",
        "storageClass": b.storage_class,
        "timeCreated": short(b.created),
        "updated": short(b.created),
        "metageneration": "1",
        "etag": "CAE=",
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": b.uniform}, "publicAccessPrevention": "inherited"},
    }
    if b.requester_pays:
        value["billing"] = {"requesterPays": True}
    return dict(value, **b.fields)


def render_object(b, name, o):
    value = {
        "kind": "storage#object",
        "id": f"{b.name}/{name}/{o.generation}",
        "name": name,
        "bucket": b.name,
        "generation": str(o.generation),
        "metageneration": "1",
        "contentType": "application/octet-stream",
        "storageClass": b.storage_class,
        "size": str(o.size),
        "md5Hash": base64.b64encode(o.sum()).decode(),
        "crc32c": crc32c(o.content),
        "etag": "CAE=",
        "timeCreated": short(o.created),
        "updated": short(o.updated),
    }
    return dict(value, **o.fields)


def objects(b, request):
    """A page of the list, with the names that a delimiter folds."""
    p = request.params
    prefix, delimiter = p.get("prefix", ""), p.get("delimiter", "")
    size = min(int(p.get("maxResults") or 1000), 1000)
    after = base64.urlsafe_b64decode(p["pageToken"]).decode() if p.get("pageToken") else ""
    items, folded, last = [], [], ""
    for name in sorted(n for n in b.objects if n.startswith(prefix)):
        entry, rest = name, name[len(prefix) :]
        if delimiter and delimiter in rest:
            entry = prefix + rest[: rest.index(delimiter) + len(delimiter)]
        if entry <= after or entry in folded:
            continue
        if len(items) + len(folded) == size:
            token = base64.urlsafe_b64encode(last.encode()).decode()
            return listing(items, folded, nextPageToken=token)
        if entry == name:
            items.append(render_object(b, name, b.objects[name]))
        else:
            folded.append(entry)
        last = entry
    return listing(items, folded)


def listing(items, folded, **more):
    value = dict({"kind": "storage#objects"}, **more)
    if folded:
        value["prefixes"] = folded
    if items:
        value["items"] = items
    return value


def policy(b):
    return {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{b.name}", "version": 3, "etag": "CAE=", "bindings": b.bindings}


def test_permissions(b, request):
    asked = [v for k, v in parse_qsl(request.query) if k == "permissions"]
    has = [p for p in asked if b.caller_may(p)]
    value = {"kind": "storage#testIamPermissionsResponse"}
    return dict(value, permissions=has) if has else value


def make(world, request):
    body = request.json()
    name = body.get("name", "")
    if name in world.buckets:
        raise errors.storage(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.")
    fields = {k: body[k] for k in ("location", "storageClass") if k in body}
    world.buckets[name] = Bucket(name, world.now(), world.agent(), dict(fields, agent=[]))
    return render_bucket(world, world.buckets[name])


def answer(world, request):
    """What is behind [/storage/v1]/b, or None if it is no such request."""
    raw = re.sub("^/storage/v1", "", request.raw_path)
    if raw.rstrip("/") == "/b" and request.method == "POST":
        allow(world, request)
        return make(world, request)
    match = re.fullmatch("/b/([^/]+)(?:/(o|iam/testPermissions|iam|storageLayout)(?:/([^/]+))?)?", raw)
    if not match:
        return None
    who = allow(world, request)
    name, part, key = unquote(match[1]), match[2], match[3]
    if part is None or part == "storageLayout":
        return render_bucket(world, bucket(world, who, name, "storage.buckets.get"))
    if part == "iam" and request.method == "PUT":
        b = bucket(world, who, name, "storage.buckets.setIamPolicy")
        b.bindings = request.json().get("bindings", [])
        return policy(b)
    if part == "iam":
        return policy(bucket(world, who, name, "storage.buckets.getIamPolicy"))
    if part == "iam/testPermissions":
        return test_permissions(bucket_there(world, name), request)
    if key is None:
        return objects(bucket(world, who, name, "storage.objects.list"), request)
    return one(bucket(world, who, name, "storage.objects.get"), unquote(key), request)


def bucket_there(world, name):
    if name not in world.buckets:
        raise errors.storage(404, "notFound", "The specified bucket does not exist.")
    return world.buckets[name]


def one(b, name, request):
    if name not in b.objects:
        raise errors.storage(404, "notFound", f"No such object: {b.name}/{name}")
    if request.params.get("alt") == "media":
        return wire.Answer(b.objects[name].content, 200, {"Content-Type": "application/octet-stream"})
    return render_object(b, name, b.objects[name])
