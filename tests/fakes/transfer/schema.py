# The messages that clients send: names, types, enums by name or number.
# SPDX-License-Identifier: MIT
import re

import errors

JOB_STATUS = "STATUS_UNSPECIFIED ENABLED DISABLED DELETED".split()
OPERATION_STATUS = "STATUS_UNSPECIFIED IN_PROGRESS PAUSED SUCCESS FAILED ABORTED QUEUED SUSPENDING".split()
OVERWRITE = "OVERWRITE_WHEN_UNSPECIFIED DIFFERENT NEVER ALWAYS".split()
STORAGE_CLASS = ["STORAGE_CLASS_" + w for w in "UNSPECIFIED DESTINATION_BUCKET_DEFAULT PRESERVE STANDARD NEARLINE COLDLINE ARCHIVE".split()]
HOLD = ["TEMPORARY_HOLD_" + w for w in "UNSPECIFIED SKIP PRESERVE".split()]
KMS_KEY = ["KMS_KEY_" + w for w in "UNSPECIFIED DESTINATION_BUCKET_DEFAULT PRESERVE".split()]
ACL = ["ACL_" + w for w in "UNSPECIFIED DESTINATION_BUCKET_DEFAULT PRESERVE".split()]
TIME_CREATED = ["TIME_CREATED_" + w for w in "UNSPECIFIED SKIP PRESERVE_AS_CUSTOM_TIME".split()]
ACTION = "LOGGABLE_ACTION_UNSPECIFIED FIND DELETE COPY".split()
ACTION_STATE = "LOGGABLE_ACTION_STATE_UNSPECIFIED SUCCEEDED FAILED SKIPPED".split()
EVENT = "EVENT_TYPE_UNSPECIFIED TRANSFER_OPERATION_SUCCESS TRANSFER_OPERATION_FAILED TRANSFER_OPERATION_ABORTED".split()
FORMAT = "PAYLOAD_FORMAT_UNSPECIFIED NONE JSON".split()

# A type: str, bool, int, a tuple (an enum), a list of one type, a dictionary
# (a message), None (anything).
GCS = {"bucketName": str, "path": str, "managedFolderTransferEnabled": bool}
CONDITIONS = {
    "includePrefixes": [str],
    "excludePrefixes": [str],
    "lastModifiedSince": str,
    "lastModifiedBefore": str,
    "minTimeElapsedSinceLastModification": str,
    "maxTimeElapsedSinceLastModification": str,
}
METADATA = {
    "storageClass": tuple(STORAGE_CLASS),
    "temporaryHold": tuple(HOLD),
    "kmsKey": tuple(KMS_KEY),
    "acl": tuple(ACL),
    "timeCreated": tuple(TIME_CREATED),
    "symlink": None,
    "mode": None,
    "gid": None,
    "uid": None,
}
OPTIONS = {
    "overwriteObjectsAlreadyExistingInSink": bool,
    "overwriteWhen": tuple(OVERWRITE),
    "deleteObjectsUniqueInSink": bool,
    "deleteObjectsFromSourceAfterTransfer": bool,
    "metadataOptions": METADATA,
}
SOURCES = "gcsDataSource awsS3DataSource awsS3CompatibleDataSource azureBlobStorageDataSource httpDataSource posixDataSource hdfsDataSource".split()
SPEC = dict(
    {name: None for name in SOURCES + ["posixDataSink", "transferManifest", "gcsIntermediateDataLocation"]},
    gcsDataSource=GCS,
    gcsDataSink=GCS,
    objectConditions=CONDITIONS,
    transferOptions=OPTIONS,
    sourceAgentPoolName=str,
    sinkAgentPoolName=str,
)
DAY = {"year": int, "month": int, "day": int}
CLOCK = {"hours": int, "minutes": int, "seconds": int, "nanos": int}
JOB = {
    "name": str,
    "description": str,
    "projectId": str,
    "serviceAccount": str,
    "transferSpec": SPEC,
    "replicationSpec": None,
    "notificationConfig": {"pubsubTopic": str, "eventTypes": [tuple(EVENT)], "payloadFormat": tuple(FORMAT)},
    "loggingConfig": {
        "logActions": [tuple(ACTION)],
        "logActionStates": [tuple(ACTION_STATE)],
        "enableOnpremGcsTransferLogs": bool,
    },
    "schedule": {
        "scheduleStartDate": DAY,
        "scheduleEndDate": DAY,
        "startTimeOfDay": CLOCK,
        "endTimeOfDay": CLOCK,
        "repeatInterval": str,
    },
    "eventStream": None,
    "status": tuple(JOB_STATUS),
    "creationTime": str,
    "lastModificationTime": str,
    "deletionTime": str,
    "latestOperationName": str,
}
UPDATE = {"projectId": str, "transferJob": JOB, "updateTransferJobFieldMask": str}
RUN = {"projectId": str}


def camel(name):
    return re.sub("_([a-z0-9])", lambda m: m.group(1).upper(), name)


def enum(value, names, where):
    if isinstance(value, str) and value in names:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return names[value] if 0 <= value < len(names) else value
    raise errors.invalid(f"Invalid value at '{where}', {value!r}")


def read(value, kind, where):
    """The value as this type, with the JSON names, without what is empty."""
    if kind is None:
        return value
    if isinstance(kind, tuple):
        return enum(value, kind, where)
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise errors.invalid(f"Invalid value at '{where}', not a list")
        return [read(v, kind[0], where) for v in value]
    if isinstance(kind, dict):
        return message(value, kind, where)
    if kind is int and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise errors.invalid(f"Invalid value at '{where}', {value!r}")
    return value


def message(value, fields, where=""):
    if not isinstance(value, dict):
        raise errors.invalid(f"Invalid value at '{where}', not an object")
    out = {}
    for key, v in value.items():
        name = camel(key)
        if name not in fields:
            raise errors.invalid(f"Invalid JSON payload received. Unknown name \"{key}\" at '{where}': Cannot find field.")
        if v is None:
            continue
        v = read(v, fields[name], f"{where}.{key}".lstrip("."))
        if v not in ("", False, 0, []) and v != _zero(fields[name]):
            out[name] = v
    return out


def _zero(kind):
    return kind[0] if isinstance(kind, tuple) else None


def numbers(value, fields):
    """The message with its enums as numbers."""
    if isinstance(fields, tuple):
        return fields.index(value) if value in fields else value
    if isinstance(fields, list) and isinstance(value, list):
        return [numbers(v, fields[0]) for v in value]
    if isinstance(fields, dict) and isinstance(value, dict):
        return {k: numbers(v, fields.get(k)) for k, v in value.items()}
    return value


OPERATION = {"metadata": {"transferSpec": SPEC, "status": tuple(OPERATION_STATUS)}}
