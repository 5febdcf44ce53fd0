# Tokens: assertions that are verified with OpenSSL, and what is given for them.
# SPDX-License-Identifier: MIT
import base64
import json
import os
import tempfile
import time
from urllib.parse import parse_qsl

import errors
import wire
from state import stamp

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
IAM = "https://www.googleapis.com/auth/iam"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SKEW = 300


def openssl(*words, data=b""):
    import subprocess  # late: it takes long

    return subprocess.run(("openssl",) + words, input=data, capture_output=True, check=False)


class Account:
    """A service account whose key file is known."""

    def __init__(self, name):
        with open(name, encoding="utf-8") as f:
            self.key = json.load(f)
        self.email, self.public = self.key["client_email"], None

    def signed(self, data, signature):
        if self.public is None:
            self.public = openssl("pkey", "-pubout", data=self.key["private_key"].encode()).stdout
        with tempfile.TemporaryDirectory() as d:
            for name, content in (("public", self.public), ("signature", signature)):
                with open(os.path.join(d, name), "wb") as f:
                    f.write(content)
            words = ("dgst", "-sha256", "-verify", d + "/public", "-signature", d + "/signature")
            return openssl(*words, data=data).returncode == 0


class Bad(Exception):
    """What an assertion or a grant lacks."""


def decode(part):
    if "=" in part:
        raise Bad("Invalid JWT: base64url has no padding.")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def claims(world, token):
    """(account, claims) of an assertion whose signature and times hold."""
    try:
        head, body, signature = token.split(".")
        header, content = json.loads(decode(head)), json.loads(decode(body))
        account = next(a for a in world.accounts if a.email == content.get("iss"))
    except (ValueError, AttributeError):
        raise Bad("Invalid JWT.") from None
    except StopIteration:
        raise Bad("Invalid grant: account not found.") from None
    if header.get("alg") != "RS256" or header.get("kid", account.key.get("private_key_id")) != account.key.get("private_key_id"):
        raise Bad("Invalid JWT: wrong algorithm or key.")
    if not account.signed(f"{head}.{body}".encode(), decode(signature)):
        raise Bad("Invalid JWT Signature.")
    issued, expires, now = content.get("iat"), content.get("exp"), time.time()
    if not isinstance(issued, int) or not isinstance(expires, int):
        raise Bad("Invalid JWT: iat and exp must be numbers.")
    if not issued - SKEW <= now <= expires + SKEW or expires - issued > 3600:
        raise Bad("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
    return account, content


def clock(world):
    return time.time() if world["token_clock"] == "real" else world.now()


def give(world, email):
    token = f"ya29.stand-in-{world.number()}"
    world.issued[token] = (email, clock(world) + world["token_seconds"])
    return token


def lifetime(world):
    seconds = max(0, world["token_seconds"])
    return str(seconds) if world["expires_in_text"] else seconds


# The places that give tokens.


def assertion(world, request, form):
    account, content = claims(world, form.get("assertion", ""))
    here = [f"http://{host}:{world.port}{request.raw_path}" for host in ("127.0.0.1", "localhost", "[::1]")]
    if content.get("aud") not in here + ["https://oauth2.googleapis.com/token"]:
        raise Bad("Invalid JWT: wrong audience.")
    if PLATFORM not in str(content.get("scope", "")).split():
        raise Bad("Invalid OAuth scope or ID token audience provided.")
    return {"access_token": give(world, account.email), "expires_in": lifetime(world), "token_type": "Bearer"}


def refresh(world, form):
    known = world["clients"].get(form.get("client_id"))
    if known is None or known != form.get("client_secret"):
        raise errors.Failed(401, {"error": "invalid_client", "error_description": "The OAuth client was not found."})
    email = world["refresh_tokens"].get(form.get("refresh_token"))
    if email is None:
        raise Bad("Token has been expired or revoked.")
    return {"access_token": give(world, email), "expires_in": lifetime(world), "scope": PLATFORM, "token_type": "Bearer"}


def exchange(world, form):
    if form.get("requested_token_type") != ACCESS_TOKEN or not form.get("subject_token_type", "").startswith("urn:ietf:params:"):
        raise errors.Failed(400, {"error": "invalid_request", "error_description": "Invalid token type."})
    if world["audiences"] is not None and form.get("audience") not in world["audiences"]:
        raise errors.Failed(400, {"error": "invalid_target", "error_description": "The target service indicated by the audience is invalid."})
    if form.get("scope") not in (PLATFORM, IAM):
        raise errors.Failed(400, {"error": "invalid_scope", "error_description": "The scope is invalid."})
    if form.get("subject_token") not in world["subject_tokens"]:
        raise Bad("The subject token is invalid.")
    token = give(world, "principal://" + form.get("audience", ""))
    return {"access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": lifetime(world)}


def token(world, request):
    """POST to the token endpoint, whatever the grant."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise errors.Failed(400, {"error": "invalid_request", "error_description": "Bad content type."})
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    grant = form.get("grant_type")
    try:
        if grant == JWT_BEARER:
            return assertion(world, request, form)
        if grant == "refresh_token":
            return refresh(world, form)
        if grant == EXCHANGE:
            return exchange(world, form)
    except Bad as e:
        raise errors.Failed(400, {"error": "invalid_grant", "error_description": str(e)}) from None
    raise errors.Failed(400, {"error": "unsupported_grant_type", "error_description": f"Invalid grant_type: {grant}"})


def impersonate(world, request, email):
    """generateAccessToken of the IAM Service Account Credentials API."""
    caller(world, request)
    body = request.json()
    if PLATFORM not in body.get("scope", []):
        raise errors.invalid("The scope is missing.")
    seconds = str(body.get("lifetime", "3600s"))
    if not seconds.endswith("s") or not seconds[:-1].isdigit() or int(seconds[:-1]) > 3600:
        raise errors.invalid("The lifetime is not valid.")
    allowed = world["impersonate"]
    if allowed is not True and email not in (allowed or []):
        text = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
        raise errors.refuse("PERMISSION_DENIED", text, "IAM_PERMISSION_DENIED")
    return {"accessToken": give(world, email), "expireTime": stamp(clock(world) + world["token_seconds"])}


# Whose request it is.


def unauthorised(reason, message):
    header = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'}
    return errors.refuse("UNAUTHENTICATED", message, reason, {"service": "storagetransfer.googleapis.com"}, header)


def self_signed(world, given, audiences):
    account, content = claims(world, given)
    if content.get("sub") != account.email:
        raise Bad("no subject")
    if content.get("aud") not in audiences and PLATFORM not in str(content.get("scope", "")).split():
        raise Bad("wrong audience")
    return account.email


def caller(world, request):
    """The e-mail of the token's account, or 401."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not world["check_tokens"] or given in world["tokens"]:
        return "anyone"
    if scheme != "Bearer" or not given:
        raise unauthorised("CREDENTIALS_MISSING", "Request is missing required authentication credential.")
    if given.startswith("ey"):
        try:
            return self_signed(world, given, ("https://storagetransfer.googleapis.com/", "https://storage.googleapis.com/"))
        except Bad:
            pass
    email, expires = world.issued.get(given, ("", 0))
    if clock(world) >= expires:
        raise unauthorised("ACCESS_TOKEN_EXPIRED", "Request had invalid authentication credentials.")
    return email


# The metadata server.


def metadata(world, request):
    headers = {"Metadata-Flavor": "Google", "Content-Type": "application/json"}
    if request.headers.get("metadata-flavor") != "Google" or "x-forwarded-for" in request.headers:
        return wire.Answer(b"Missing Metadata-Flavor:Google header.\n", 403, {"Content-Type": "text/html"})
    path, email = request.path.rstrip("/"), world["metadata_email"]
    account = "/computeMetadata/v1/instance/service-accounts/"
    text = {"": "computeMetadata/\n", "/computeMetadata/v1/instance": "service-accounts/\n"}
    text["/computeMetadata/v1/project/project-id"] = world["metadata_project"]
    for who in ("default", email):
        text[account + who + "/email"] = email
    if world["universe"]:
        text["/computeMetadata/v1/universe/universe-domain"] = world["universe"]
    if path in text:
        return wire.Answer(text[path].encode(), 200, dict(headers, **{"Content-Type": "application/text"}))
    if path in (account + "default", account + email) and request.params.get("recursive") == "true":
        return wire.Answer({"aliases": ["default"], "email": email, "scopes": [PLATFORM]}, 200, headers)
    if path in (account + "default/token", account + email + "/token"):
        value = {"access_token": give(world, email), "expires_in": lifetime(world), "token_type": "Bearer"}
        return wire.Answer(value, 200, headers)
    return wire.Answer(b"Not Found\n", 404, dict(headers, **{"Content-Type": "text/html"}))
