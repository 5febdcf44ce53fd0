# Transfer jobs: their rules, and the routes of jobs and operations.
# SPDX-License-Identifier: MIT
import base64
import datetime
import fnmatch
import json
import re

import errors
import schema
from faults import lay_over
from operation import Operation, when
from state import stamp

NAME = re.compile(r"transferJobs/(?!OPI)[A-Za-z0-9\-._~]*[A-Za-z0-9]")
BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
UPDATABLE = "description transferSpec notificationConfig loggingConfig status schedule".split()


# Rules.


def check_name(name):
    if name.count("/") != 1 or not name.startswith("transferJobs/"):
        raise errors.invalid('The TransferJob name must be in the pattern of "transferJobs/[^/]+".')
    if len(name) > 128 or not NAME.fullmatch(name):
        raise errors.invalid(f"The TransferJob name {name} is not valid.")


def check_place(place, what):
    name, path = place.get("bucketName", ""), place.get("path", "")
    if not BUCKET.fullmatch(name):
        raise errors.invalid(f"The {what} bucket name is missing or not valid.")
    if path.startswith("/") or (path and not path.endswith("/")):
        raise errors.invalid(f'The {what} path must be empty or end in "/", and must not begin with it.')
    if len(path.encode()) > 1024 or re.search("[\r\n]", path):
        raise errors.invalid(f"The {what} path is not valid.")


def check_prefixes(conditions):
    include, exclude = conditions.get("includePrefixes", []), conditions.get("excludePrefixes", [])
    for prefixes in (include, exclude):
        if len(prefixes) > 1000:
            raise errors.invalid("There are more than 1000 prefixes.")
        for p in prefixes:
            if not p or p.startswith("/") or len(p.encode()) > 1024 or re.search("[\r\n]", p):
                raise errors.invalid(f"The prefix {p!r} is not valid.")
            if sum(p.startswith(other) for other in prefixes) > 1:
                raise errors.invalid(f"The prefix {p!r} lies in another one.")
    if include and not all(e.startswith(tuple(include)) for e in exclude):
        raise errors.invalid("An exclude prefix lies in no include prefix.")


def check_spec(world, spec):
    if not spec:
        raise errors.invalid("The transfer spec is missing.")
    if [s for s in schema.SOURCES if s in spec] != ["gcsDataSource"] or "gcsDataSink" not in spec:
        raise errors.invalid("The transfer spec must have one data source and one data sink of Cloud Storage.")
    check_place(spec["gcsDataSource"], "source")
    check_place(spec["gcsDataSink"], "sink")
    conditions, options = spec.get("objectConditions", {}), spec.get("transferOptions", {})
    check_prefixes(conditions)
    unique, moved = options.get("deleteObjectsUniqueInSink"), options.get("deleteObjectsFromSourceAfterTransfer")
    if unique and moved:
        raise errors.invalid("deleteObjectsUniqueInSink and deleteObjectsFromSourceAfterTransfer exclude each other.")
    if unique and any(k not in ("includePrefixes", "excludePrefixes") for k in conditions):
        raise errors.invalid("deleteObjectsUniqueInSink does not go with conditions on time.")
    # A bucket that is not there looks to the agent like one that it may not see.
    for place in (spec["gcsDataSource"], spec["gcsDataSink"]):
        bucket = world.buckets.get(place["bucketName"])
        if bucket is None or not bucket.may(world.agent(), world["agent_roles"], "storage.buckets.get"):
            raise errors.refuse(
                "FAILED_PRECONDITION",
                "Failed to obtain the location of the Google Cloud Storage (GCS) bucket "
                f"{place['bucketName']} due to insufficient permissions. "
                "Please verify that the necessary permissions have been granted.",
            )


def check_job(world, job):
    if len(job.get("description", "").encode()) > 1024:
        raise errors.invalid("The description is longer than 1024 bytes.")
    check_spec(world, job.get("transferSpec"))


# Jobs.


def find(world, project, name):
    world.need_project(project)
    job = world.jobs.get((project, name))
    if job is None:
        raise errors.absent()
    return job


def render(world, job):
    value = {k: v for k, v in job.items() if not k.startswith("_")}
    told = [o for o in job["_operations"] if world.now() >= o.began + world["lag_seconds"]]
    if told:
        value["latestOperationName"] = told[-1].name
    return lay_over(value, world["job_fields"])


def create(world, request):
    world.need("jobs.create", "projects.getServiceAccount")
    job = schema.message(request.json(), schema.JOB)
    project = job.get("projectId")
    world.need_project(project)
    job.setdefault("name", f"transferJobs/{world.number()}")
    check_name(job["name"])
    if job.get("status") not in ("ENABLED", "DISABLED"):
        raise errors.invalid("The status of a new job must be ENABLED or DISABLED.")
    check_job(world, job)
    if (project, job["name"]) in world.jobs:
        raise errors.refuse("ALREADY_EXISTS", f"A TransferJob with the name {job['name']} already exists.")
    for key in ("deletionTime", "latestOperationName"):
        job.pop(key, None)
    job["creationTime"] = job["lastModificationTime"] = stamp(world.now())
    job["_operations"] = []
    world.jobs[project, job["name"]] = job
    if "schedule" in job and job["status"] == "ENABLED" and due(world, job["schedule"]):
        start(world, job)
    return render(world, job)


def due(world, schedule):
    day = schedule.get("scheduleStartDate", {})
    today = datetime.datetime.fromtimestamp(world.now(), datetime.timezone.utc)
    return (day.get("year", 0), day.get("month", 0), day.get("day", 0)) <= (today.year, today.month, today.day)


def get(world, request, name):
    world.need("jobs.get")
    return render(world, find(world, request.params.get("projectId"), name))


def patch(world, request, name):
    body = schema.message(request.json(), schema.UPDATE)
    more = body.get("transferJob", {})
    world.need("jobs.delete" if more.get("status") == "DELETED" else "jobs.update")
    job = find(world, body.get("projectId"), name)
    if job["status"] == "DELETED":
        raise errors.refuse("FAILED_PRECONDITION", "Updating a deleted transfer job is not allowed.")
    if more.get("name", name) != name:
        raise errors.invalid("The name of a job cannot be changed.")
    mask = [schema.camel(p) for p in body.get("updateTransferJobFieldMask", "").split(",") if p]
    for path in mask:
        if path not in UPDATABLE:
            raise errors.invalid(f"The field {path} cannot be updated.")
    changed = {k: v for k, v in job.items()}
    for key in mask or [k for k in UPDATABLE if k in more]:
        changed.pop(key, None)
        if key in more:
            changed[key] = more[key]
    if "status" not in changed:
        raise errors.invalid("The status is missing.")
    check_job(world, changed)
    job.clear()
    job.update(changed, lastModificationTime=stamp(world.now()))
    if job["status"] == "DELETED":
        job["deletionTime"] = stamp(world.now())
    return render(world, job)


def delete(world, request, name):
    world.need("jobs.delete")
    job = find(world, request.params.get("projectId"), name)
    job.update(status="DELETED", deletionTime=stamp(world.now()), lastModificationTime=stamp(world.now()))
    return {}


def start(world, job):
    number = world.number()
    operation = Operation(world, job, f"-{number}" if world["negative_numbers"] else number)
    world.operations.append(operation)
    job["_operations"].append(operation)
    operation.advance(world.now())
    return operation


def run(world, request, name):
    world.need("jobs.run")
    body = schema.message(request.json(), schema.RUN)
    job = find(world, body.get("projectId"), name)
    if job["status"] == "DELETED" or (job["status"] == "DISABLED" and not world["run_disabled"]):
        raise errors.refuse("FAILED_PRECONDITION", f"{name} is {job['status']}.")
    if any(o.active() for o in job["_operations"]):
        raise errors.refuse(world["busy"], f"There is already an active operation for {name}")
    return start(world, job).render()


# Lists.


def filter_of(request):
    """The filter, a text of JSON whose keys may be of either kind."""
    try:
        value = json.loads(request.params.get("filter", ""))
    except ValueError:
        raise errors.invalid("The filter is missing or no JSON.") from None
    if not isinstance(value, dict):
        raise errors.invalid("The filter is no object of JSON.")
    return {schema.camel(k): v for k, v in value.items() if v is not None}


def page(request, key, items):
    try:
        size = int(request.params.get("pageSize") or 0) or 256
        token = request.params.get("pageToken")
        first = int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError:
        raise errors.invalid("The page size or token is not valid.") from None
    if size < 0:
        raise errors.invalid("The page size is negative.")
    size = min(size, 256)
    value = {key: items[first : first + size]} if items[first:] else {}
    if items[first + size :]:
        value["nextPageToken"] = base64.urlsafe_b64encode(b"%d" % (first + size)).decode()
    return value


def listed(words, value):
    return not words or value.upper() in [str(w).upper() for w in words]


def list_jobs(world, request):
    world.need("jobs.list")
    f = filter_of(request)
    world.need_project(f.get("projectId"))

    def fits(project, job):
        places = [job["transferSpec"][k]["bucketName"] for k in ("gcsDataSource", "gcsDataSink")]
        return (
            project == f["projectId"]
            and (not f.get("jobNames") or job["name"] in f["jobNames"])
            and listed(f.get("jobStatuses"), job["status"])
            and f.get("sourceBucket", places[0]) == places[0]
            and f.get("sinkBucket", places[1]) == places[1]
        )

    jobs = [render(world, j) for (project, _), j in sorted(world.jobs.items(), key=lambda i: i[0]) if fits(project, j)]
    return page(request, "transferJobs", jobs)


def list_operations(world, request):
    world.need("operations.list")
    f = filter_of(request)
    world.need_project(f.get("projectId"))

    def fits(o):
        return (
            o.project == f["projectId"]
            and (not f.get("jobNames") or o.job["name"] in f["jobNames"])
            and (not f.get("operationNames") or o.name in f["operationNames"])
            and listed(f.get("transferStatuses"), o.status)
            and fnmatch.fnmatchcase(o.job["name"], f.get("jobNamePattern", "*"))
            and fnmatch.fnmatchcase(o.name, f.get("operationNamePattern", "*"))
            and o.began >= when(f.get("minCreationTime", "1970-01-02T00:00:00Z"))
            and o.began <= when(f.get("maxCreationTime", "9000-01-01T00:00:00Z"))
        )

    found = [o.render() for o in reversed(world.operations) if fits(o)]
    return page(request, "operations", found)


# Operations.


def operation(world, name):
    found = next((o for o in world.operations if o.name == name), None)
    if found is None:
        raise errors.absent()
    return found


def get_operation(world, name):
    world.need("operations.get")
    return operation(world, name).render()


def change_operation(world, request, name, verb):
    if verb not in ("cancel", "pause", "resume"):
        raise errors.absent()
    world.need("operations." + verb)
    request.json()
    getattr(operation(world, name), verb)()
    return {}


def service_account(world, project):
    world.need("projects.getServiceAccount")
    world.need_project(project)
    world.agents.add(project)
    return {"accountEmail": world.agent(), "subjectId": "101010101010101010101"}
