# What tests ask of the stand-in; no client ever does.
#
#	POST /_fake/put		{"bucket","name","content"|"file","count","size",
#				"fields":{...}}: objects (count: that many, NAME
#				with their number)
#	POST /_fake/remove	{"bucket","name"}: an object, or without a name
#				the bucket
#	POST /_fake/bucket	{"name","location","storageClass","agent":[ROLE],
#				"caller":[PERMISSION],"bindings":[]}
#	POST /_fake/set		settings (state.py), and "advance": SECONDS,
#				"time_scale", "revoke": true
#	POST /_fake/fault	a fault (faults.py), or {"clear": true}
#	GET /_fake/objects?B	the bucket's objects, as lines "SIZE NAME"
#	GET /_fake/state	all jobs and operations
#
# SPDX-License-Identifier: MIT
import json

import jobs
import wire
from bucket import Bucket, Object


def put(world, v):
    bucket = world.buckets.get(v["bucket"])
    if bucket is None:
        bucket = world.buckets[v["bucket"]] = Bucket(v["bucket"], world.now(), world.agent(), {})
    content = v.get("content", "").encode("utf-8", "surrogateescape")
    if "file" in v:
        with open(v["file"], "rb") as f:
            content = f.read()
    names = [v["name"]] if "count" not in v else [v["name"] + str(i) for i in range(1, v["count"] + 1)]
    for name in names:
        bucket.objects[name] = Object(content, world.number(), world.now(), v.get("fields", {}), v.get("size"))


def remove(world, v):
    if "name" in v:
        del world.buckets[v["bucket"]].objects[v["name"]]
    else:
        del world.buckets[v["bucket"]]


def make_bucket(world, v):
    made = Bucket(v.pop("name"), world.now(), world.agent(), v)
    if made.name in world.buckets:
        made.objects = world.buckets[made.name].objects
    world.buckets[made.name] = made


def fault(world, v):
    if v.get("clear"):
        world.faults.clear()
    else:
        world.faults.add(v)


def objects(world, name):
    found = sorted(world.buckets[name].objects.items())
    return wire.Answer("".join(f"{o.size} {n}\n" for n, o in found).encode(), 200)


def state(world):
    return wire.Answer({
        "now": world.now(),
        "jobs": [jobs.render(world, j) for j in world.jobs.values()],
        "operations": [o.render() for o in world.operations],
        "agents": sorted(world.agents),
    })


ORDERS = {"put": put, "remove": remove, "bucket": make_bucket, "set": lambda w, v: w.set(v), "fault": fault}


def answer(world, request):
    what = request.path[len("/_fake/") :]
    try:
        if what == "objects":
            return objects(world, request.query)
        if what == "state":
            return state(world)
        ORDERS[what](world, json.loads(request.body.decode("utf-8", "surrogateescape")))
    except Exception as e:  # the test is wrong, and is told so
        return wire.Answer(f"{type(e).__name__}: {e}\n".encode(), 400)
    return wire.Answer(b"", 200)
