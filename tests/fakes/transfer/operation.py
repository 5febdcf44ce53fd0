# One run of a job: its phases by the clock, its copying, its counters.
# SPDX-License-Identifier: MIT
import copy
import datetime
import re

import errors
from bucket import Object
from faults import lay_over
from state import short, stamp

ACTIVE = ("QUEUED", "IN_PROGRESS", "PAUSED", "SUSPENDING")
STORAGE = {"STORAGE_CLASS_" + w: w for w in "STANDARD NEARLINE COLDLINE ARCHIVE".split()}


def when(text):
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text).replace("Z", "+00:00")).timestamp()


def span(text):
    return float(text.rstrip("s"))


class Operation:
    def __init__(self, world, job, number):
        self.world, self.job, self.spec = world, job, copy.deepcopy(job["transferSpec"])
        self.name = f"transferOperations/transferJobs-{job['name'].partition('/')[2]}-{number}"
        self.project, self.began, self.last = job["projectId"], world.now(), world.now()
        self.queue, self.run, self.worked, self.ended = world["queue_seconds"], world["run_seconds"], 0, None
        self.status, self.cancelled, self.resumes = "QUEUED", False, None
        self.counters, self.failures, self.plan, self.next = {}, {}, [], 0
        self.extra = {k: copy.deepcopy(job[k]) for k in ("notificationConfig", "loggingConfig") if k in job}

    def active(self):
        return self.status in ACTIVE

    # The clock.

    def advance(self, now):
        passed, self.last = now - self.last, now
        if self.status == "QUEUED":
            self.queue -= passed
            if self.queue > 0:
                return
            passed = -self.queue
            self.status = "IN_PROGRESS"
            if not self.start():
                self.finish(now - passed, "FAILED")
        if self.status != "IN_PROGRESS":
            return
        self.worked += passed
        share = 1 if self.worked >= self.run else self.worked / self.run
        while self.next < int(len(self.plan) * share):
            self.move(*self.plan[self.next])
            self.next += 1
        if self.worked >= self.run:
            self.clean()
            self.finish(now - (self.worked - self.run), "FAILED" if self.failures else "SUCCESS")

    def finish(self, at, status):
        self.status, self.ended, self.plan = status, at, []

    def pause(self):
        if self.status not in ("QUEUED", "IN_PROGRESS"):
            raise errors.refuse("FAILED_PRECONDITION", f"The operation is {self.status}.")
        self.resumes, self.status = self.status, "PAUSED"

    def resume(self):
        if self.status != "PAUSED":
            raise errors.refuse("FAILED_PRECONDITION", f"The operation is {self.status}.")
        self.status = self.resumes

    def cancel(self):
        if self.active():
            self.cancelled = True
            self.finish(self.last, "ABORTED")

    # The work.

    def count(self, what, obj):
        for unit, n in (("objects", 1), ("bytes", obj.size)):
            self.counters[unit + what] = self.counters.get(unit + what, 0) + n

    def fail(self, code, url, details):
        self.failures.setdefault(code, []).append((url, details))

    def start(self):
        """Lists the source; what comes into it later is not for this run."""
        w = self.world
        source, sink = self.spec["gcsDataSource"], self.spec["gcsDataSink"]
        if w["fail_operation"]:
            f = w["fail_operation"]
            self.fail(f.get("code", "INTERNAL"), "gs://" + source["bucketName"], f.get("details", "The transfer failed."))
            return False
        wanted = ((source, ("buckets.get", "objects.list", "objects.get")), (sink, ("buckets.get", "objects.list", "objects.create")))
        for place, rights in wanted:
            bucket = w.buckets.get(place["bucketName"])
            for right in rights:
                if bucket is None:
                    self.fail("NOT_FOUND", "gs://" + place["bucketName"], "The specified bucket does not exist.")
                    return False
                if not bucket.may(w.agent(), w["agent_roles"], "storage." + right):
                    text = f"{w.agent()} does not have storage.{right} access to the Google Cloud Storage bucket."
                    self.fail("PERMISSION_DENIED", "gs://" + place["bucketName"], text)
                    return False
        self.source, self.sink = w.buckets[source["bucketName"]], w.buckets[sink["bucketName"]]
        self.from_path, self.to_path = source.get("path", ""), sink.get("path", "")
        self.options = self.spec.get("transferOptions", {})
        self.seen = set()
        for name, obj in sorted(self.source.objects.items()):
            if name.startswith(self.from_path) and self.wanted(name[len(self.from_path) :], obj):
                self.consider(name, obj)
        return True

    def wanted(self, name, obj):
        c = self.spec.get("objectConditions", {})
        age = self.last - obj.updated
        return not (
            (c.get("includePrefixes") and not name.startswith(tuple(c["includePrefixes"])))
            or (c.get("excludePrefixes") and name.startswith(tuple(c["excludePrefixes"])))
            or ("lastModifiedSince" in c and obj.updated < when(c["lastModifiedSince"]))
            or ("lastModifiedBefore" in c and obj.updated >= when(c["lastModifiedBefore"]))
            or ("minTimeElapsedSinceLastModification" in c and age < span(c["minTimeElapsedSinceLastModification"]))
            or ("maxTimeElapsedSinceLastModification" in c and age > span(c["maxTimeElapsedSinceLastModification"]))
        )

    def consider(self, name, obj):
        target = self.to_path + name[len(self.from_path) :]
        self.seen.add(target)
        there = self.sink.objects.get(target)
        default = "ALWAYS" if self.options.get("overwriteObjectsAlreadyExistingInSink") else "DIFFERENT"
        rule = self.options.get("overwriteWhen", default)
        if there and (rule == "NEVER" or (rule == "DIFFERENT" and there.same_as(obj))):
            self.count("FromSourceSkippedBySync", obj)
            return
        self.count("FoundFromSource", obj)
        self.plan.append((name, obj, target))

    def move(self, name, obj, target):
        for f in self.world["fail_objects"]:
            if re.search(f["name"], name):
                self.count("FromSourceFailed", obj)
                text = f.get("details", "The object could not be copied.")
                self.fail(f.get("code", "NOT_FOUND"), f"https://storage.googleapis.com/{self.source.name}/{name}", text)
                return
        if target in self.sink.objects and not self.sink.may(self.world.agent(), self.world["agent_roles"], "storage.objects.delete"):
            self.count("FromSourceFailed", obj)
            self.fail("PERMISSION_DENIED", f"https://storage.googleapis.com/{self.sink.name}/{target}", "No storage.objects.delete access.")
            return
        self.sink.objects[target] = self.made_of(obj)
        self.count("CopiedToSink", obj)
        if self.options.get("deleteObjectsFromSourceAfterTransfer"):
            self.source.objects.pop(name, None)
            self.count("DeletedFromSource", obj)

    def made_of(self, obj):
        """The copy, with as much of the metadata as was asked for."""
        m, fields = self.options.get("metadataOptions", {}), copy.deepcopy(obj.fields)
        keep = m.get("storageClass", "STORAGE_CLASS_DESTINATION_BUCKET_DEFAULT")
        if keep != "STORAGE_CLASS_PRESERVE":
            fields["storageClass"] = STORAGE.get(keep, self.sink.storage_class)
        if m.get("temporaryHold") == "TEMPORARY_HOLD_SKIP":
            fields.pop("temporaryHold", None)
        if m.get("kmsKey") != "KMS_KEY_PRESERVE":
            fields.pop("kmsKeyName", None)
            key = self.sink.fields.get("encryption", {}).get("defaultKmsKeyName")
            if key:
                fields["kmsKeyName"] = key
        if m.get("acl") != "ACL_PRESERVE":
            fields.pop("acl", None)
        if m.get("timeCreated") == "TIME_CREATED_PRESERVE_AS_CUSTOM_TIME":
            fields["customTime"] = short(obj.created)
        fields.pop("eventBasedHold", None)
        return Object(obj.content, self.world.number(), self.last, fields, obj.size)

    def clean(self):
        if not self.options.get("deleteObjectsUniqueInSink"):
            return
        for name, obj in sorted(self.sink.objects.items()):
            if name.startswith(self.to_path) and name not in self.seen and self.wanted(name[len(self.to_path) :], obj):
                self.count("FoundOnlyFromSink", obj)
                del self.sink.objects[name]
                self.count("DeletedFromSink", obj)

    # The answer.

    def metadata(self):
        w = self.world
        number = str if w["int64"] == "strings" else int
        counters = {k: number(v) for k, v in self.counters.items() if v}
        value = {
            "@type": "type.googleapis.com/google.storagetransfer.v1.TransferOperation",
            "name": self.name,
            "projectId": self.project,
            "transferSpec": self.spec,
            "startTime": stamp(self.began),
            "status": w["status_names"].get(self.status, self.status),
            "counters": counters,
            "transferJobName": self.job["name"],
        }
        value.update(self.extra)
        if self.ended is not None:
            value["endTime"] = stamp(self.ended)
        if w["reported_counters"]:
            value["reportedCounters"] = dict(counters)
        if self.failures:
            value["errorBreakdowns"] = [
                {
                    "errorCode": code,
                    "errorCount": number(len(entries)),
                    "errorLogEntries": [{"url": u, "errorDetails": [d]} for u, d in entries[:5]],
                }
                for code, entries in sorted(self.failures.items())
            ]
        return value

    def render(self):
        value = {"name": self.name, "metadata": self.metadata()}
        if not self.active():
            value["done"] = True
            if self.world["error_style"] == "error" and self.status != "SUCCESS":
                value["error"] = self.error()
            else:
                value["response"] = {"@type": "type.googleapis.com/google.protobuf.Empty"}
        return lay_over(value, self.world["operation_fields"])

    def error(self):
        if self.cancelled:
            return {"code": 1, "message": "The operation was cancelled."}
        code, entries = sorted(self.failures.items())[0]
        return {"code": errors.NUMBERS.index(code), "message": entries[0][1]}
