# Which part answers which request.
# SPDX-License-Identifier: MIT
import json
import re
import sys
import traceback

import control
import errors
import jobs
import schema
import storage
import tokens
import wire


def transfer(world, request):
    """The transfer service's routes, of a caller whose token holds."""
    tokens.caller(world, request)
    if world["api_disabled"]:
        raise errors.refuse(
            "PERMISSION_DENIED",
            f"Storage Transfer API has not been used in project {world['project_number']} before or it is disabled.",
            "SERVICE_DISABLED",
            {"service": "storagetransfer.googleapis.com", "consumer": f"projects/{world['project_number']}"},
        )
    if world["quota_project"] is not None and request.headers.get("x-goog-user-project") != world["quota_project"]:
        raise errors.refuse("PERMISSION_DENIED", "Caller does not have required permission to use project.", "USER_PROJECT_DENIED")
    path, method = request.path[len("/v1/") :], request.method
    if path.startswith("googleServiceAccounts/") and method == "GET":
        return jobs.service_account(world, path.partition("/")[2])
    if path == "transferJobs" and method in ("GET", "POST"):
        return jobs.create(world, request) if method == "POST" else jobs.list_jobs(world, request)
    if path == "transferOperations" and method == "GET":
        return jobs.list_operations(world, request)
    name, _, verb = path.partition(":")
    if name.startswith("transferJobs/"):
        if method == "POST" and verb == "run":
            return jobs.run(world, request, name)
        plain = {"GET": jobs.get, "PATCH": jobs.patch, "DELETE": jobs.delete}
        if not verb and method in plain:
            return plain[method](world, request, name)
    if name.startswith("transferOperations/"):
        if method == "GET" and not verb:
            return jobs.get_operation(world, name)
        if method == "POST" and verb:
            return jobs.change_operation(world, request, name, verb)
    return None


def enums(world, request, value):
    """The answer with enums as numbers, if that was asked for."""
    asked = "enum-encoding=int" in request.params.get("$alt", "")
    if world["enums"] != "numbers" and not (asked and world["enums"] == "auto"):
        return value
    if "transferJobs" in value:
        return dict(value, transferJobs=schema.numbers(value["transferJobs"], [schema.JOB]))
    if "operations" in value:
        return dict(value, operations=schema.numbers(value["operations"], [schema.OPERATION]))
    return schema.numbers(value, schema.OPERATION if "metadata" in value else schema.JOB)


def route(world, request):
    if request.path.startswith(("/v1/transfer", "/v1/google")):
        value = transfer(world, request)
        return value if value is None else enums(world, request, value)
    match = re.fullmatch("/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken", request.path)
    if match and request.method == "POST":
        return tokens.impersonate(world, request, match[1])
    if request.method == "POST" and request.path in ("/", "/token", "/v1/token"):
        return tokens.token(world, request)
    if request.method == "GET" and (request.path == "/" or request.path.startswith("/computeMetadata/")):
        return tokens.metadata(world, request)
    return storage.answer(world, request)


def answer(world, request):
    with world.lock:
        world.advance()
        if request.path.startswith("/_fake/"):
            return control.answer(world, request)
        try:
            value = route(world, request)
        except errors.Failed as e:
            return wire.Answer(e.body, e.http, e.headers)
        except Exception:  # a defect of the stand-in's, for the test's output
            traceback.print_exc(file=sys.stderr)
            return wire.Answer(errors.body(500, "INTERNAL", "The stand-in has a defect."), 500)
    if value is None:
        return wire.Answer(b"<!DOCTYPE html><title>Error 404 (Not Found)</title>\n", 404, {"Content-Type": "text/html; charset=UTF-8"})
    if isinstance(value, wire.Answer):
        return value
    if request.params.get("prettyPrint") == "false":
        return wire.Answer(json.dumps(value, separators=(",", ":")).encode(), 200, {"Content-Type": wire.JSON})
    return wire.Answer(value)
