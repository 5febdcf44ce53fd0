# What the stand-in knows, its clock, and the settings that a test can change.
# SPDX-License-Identifier: MIT
import datetime
import threading
import time

import errors
from faults import Faults

SETTINGS = {
    # Time, in seconds of the stand-in's clock.
    "queue_seconds": 2,  # an operation is QUEUED
    "run_seconds": 10,  # then IN_PROGRESS
    "lag_seconds": 0,  # after :run, until latestOperationName is the new one
    # Operations.
    "error_style": "response",  # a failed one has "response", or "error"
    "fail_objects": [],  # {"name": REGEX, "code": "NOT_FOUND", "details": TEXT}
    "fail_operation": None,  # {"code": "PERMISSION_DENIED", "details": TEXT}
    "busy": "FAILED_PRECONDITION",  # or ABORTED, ALREADY_EXISTS: :run meanwhile
    "run_disabled": False,  # whether a job that is DISABLED may be run
    "negative_numbers": False,  # "--" in an operation's name
    # What answers look like.
    "enums": "auto",  # numbers if $alt asks for it; or "names", "numbers"
    "int64": "strings",  # or "numbers"
    "reported_counters": False,  # metadata has reportedCounters, too
    "status_names": {},  # {"IN_PROGRESS": "BRAND_NEW"}
    "operation_fields": {},  # laid over every operation; null deletes
    "job_fields": {},  # over every job
    # Who may what.
    "check_tokens": True,  # False: any token, or none
    "tokens": [],  # that are good, too
    "token_seconds": 3599,  # how long one that was given lasts
    "token_clock": "real",  # or "scaled": which seconds these are
    "expires_in_text": False,  # expires_in is a string
    "permissions": None,  # all, or a list of those that the caller has
    "without": [],  # a list of those that he does not have
    "role": None,  # "gitlab": the role of GitLab's documentation
    "api_disabled": False,  # 403 with SERVICE_DISABLED
    "quota_project": None,  # x-goog-user-project has to be this
    "projects": None,  # any, or a list
    "project_number": "123456789",
    "agent_roles": [],  # roles that the agent has in the project
    # Where tokens come from.
    "clients": {"client-id": "client-secret"},
    "refresh_tokens": {"refresh-token": "user@example.com"},
    "subject_tokens": ["subject-token"],
    "audiences": None,  # any, or a list
    "impersonate": True,  # or a list of e-mails
    "metadata_email": "vm@glb-test-project.iam.gserviceaccount.com",
    "metadata_project": "glb-test-project",
    "universe": None,  # what the metadata server says; None: 404
}

GITLAB_ROLE = ["storagetransfer." + p for p in (
    "jobs.create",
    "jobs.get",
    "jobs.run",
    "jobs.update",
    "operations.get",
    "projects.getServiceAccount",
)]


def stamp(seconds):
    """RFC 3339 with nine digits, as the service writes it."""
    whole = int(seconds)
    day = datetime.datetime.fromtimestamp(whole, datetime.timezone.utc)
    return day.strftime("%Y-%m-%dT%H:%M:%S.") + f"{int((seconds - whole) * 1e9):09d}Z"


def short(seconds):
    """The same with milliseconds, as Cloud Storage writes it."""
    return stamp(seconds)[:23] + "Z"


class World:
    def __init__(self, scale):
        self.lock = threading.RLock()
        self.settings = {k: v.copy() if isinstance(v, (dict, list)) else v for k, v in SETTINGS.items()}
        self.faults = Faults()
        self.scale, self.began, self.epoch, self.added = scale, time.monotonic(), time.time(), 0
        self.accounts, self.issued = [], {}
        self.buckets, self.jobs, self.operations = {}, {}, []
        self.agents = set()
        self.port, self.last = 0, 0

    def __getitem__(self, key):
        return self.settings[key]

    def now(self):
        return self.epoch + (time.monotonic() - self.began) * self.scale + self.added

    def number(self):
        """A new one, greater than all before, that looks like the time."""
        self.last = max(self.last + 1, int(self.now() * 1e6))
        return self.last

    def set(self, values):
        for key, value in values.items():
            if key == "advance":
                self.added += value
            elif key == "time_scale":
                self.epoch, self.began = self.now() - self.added, time.monotonic()
                self.scale = value
            elif key == "revoke":
                self.issued.clear()
            elif key in SETTINGS:
                self.settings[key] = value
            else:
                raise ValueError(f"no such setting: {key}")

    def advance(self):
        now = self.now()
        for operation in self.operations:
            operation.advance(now)

    def agent(self):
        return f"project-{self['project_number']}@storage-transfer-service.iam.gserviceaccount.com"

    def may(self, permission):
        """Whether the caller has this permission of the transfer service."""
        if permission in self["without"]:
            return False
        if self["role"] == "gitlab":
            return permission in GITLAB_ROLE
        return self["permissions"] is None or permission in self["permissions"]

    def need(self, *permissions):
        for p in permissions:
            if not self.may("storagetransfer." + p):
                raise errors.refuse("PERMISSION_DENIED", "The caller does not have permission")

    def need_project(self, project):
        if not project:
            raise errors.invalid("Project id was not specified.")
        if self["projects"] is not None and project not in self["projects"]:
            raise errors.refuse("PERMISSION_DENIED", "The caller does not have permission")
