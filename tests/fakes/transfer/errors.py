# Errors in the shape that Google's services give them.
# SPDX-License-Identifier: MIT

HTTP = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
# google.rpc.Code, whose numbers a bare Status has.
NUMBERS = (
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
    "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
    "UNAUTHENTICATED"
).split()
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def body(http, status, message, reason=None, metadata=None):
    error = {"code": http, "message": message, "status": status}
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        if metadata:
            info["metadata"] = metadata
        error["details"] = [info]
    return {"error": error}


class Failed(Exception):
    """The answer to this request is an error."""

    def __init__(self, http, answer, headers=None):
        super().__init__(http)
        self.http, self.body, self.headers = http, answer, headers or {}


def refuse(status, message, reason=None, metadata=None, headers=None):
    http = HTTP[status]
    return Failed(http, body(http, status, message, reason, metadata), headers)


def invalid(message):
    return refuse("INVALID_ARGUMENT", message)


def absent():
    return refuse("NOT_FOUND", "Requested entity was not found.")


def storage(http, reason, message):
    """The older form, which Cloud Storage keeps: no status in it."""
    error = {"code": http, "message": message, "errors": [{"message": message, "domain": "global", "reason": reason}]}
    headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if http == 401 else {}
    return Failed(http, {"error": error}, headers)
