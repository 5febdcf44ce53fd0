#!/usr/bin/env bats
# glb-gcs: what is asked again, what is not, and what is said about it.
# SPDX-License-Identifier: MIT
load helper
load transfer
load asking

teardown() { transfer_stop; }

# fault JSON: of the next answer about the operation.
fault() {
	transfer_fault "$(jq -c '{path: "transferOperations"} + .' <<<"$1")"
	: >"$T/transfer.log"
}
gets() { asked | grep -c OPERATION; }

@test "what may pass is asked again: statuses, pages, dropped connections" {
	asking_start
	for what in '"status": 408' '"status": 429' '"status": 500' \
		'"status": 502, "html": true' '"status": 503' '"status": 504' \
		'"status": 503, "body": ""' '"status": 500, "truncate": 20' \
		'"drop": "before"' '"drop": "after"' '"cut": 10' \
		'"status": 503, "word": 5, "message": {}'; do
		fault "{$what}"
		ask 0
		said ''
		same 2 "$(gets)"
	done
}

@test "what does not pass is not asked again, and is named by its word" {
	asking_start
	while IFS='|' read -r what want; do
		fault "{$what}"
		ask 1
		same 1 "$(gets)"
		said "$want"
	done <<-'END'
		"status": 400, "message": "m"|400 INVALID_ARGUMENT: m
		"status": 400, "word": "FAILED_PRECONDITION", "message": "m"|400 FAILED_PRECONDITION: m
		"status": 403, "message": "m", "reason": "OTHER_REASON"|403 PERMISSION_DENIED: m (OTHER_REASON); glb-gcs check tells which roles are needed
		"status": 404, "html": true|404 NOT_FOUND
		"status": 409, "word": "ALREADY_EXISTS", "message": "a\n\u001b[31mb"|409 ALREADY_EXISTS: a \x1B[31mb
		"status": 409, "body": "{\"error\": {\"status\": 7, \"mess"|409 ABORTED
		"status": 501, "message": ""|501 UNIMPLEMENTED
		"status": 302, "body": "", "headers": {"Location": "/elsewhere"}|302 UNKNOWN
	END
}

@test "an answer that is none, or has no end, is a failure and said so" {
	asking_start
	while IFS='|' read -r what want; do
		transfer_fault '{"clear": true}'
		transfer_fault "{\"path\": \"transferJobs/glb\", \"times\": \"always\", $what}"
		try 1 glb-gcs backup --project=p --source=src --sink=dst --id=1 \
			--kind=uploads
		same "$want" "$(sed 's/.*-[0-9a-f]\{12\}: //' err)"
	done <<-'END'
		"status": 200, "body": ""|200, but the answer is no JSON object
		"status": 200, "body": []|200, but the answer is no JSON object
		"status": 200, "html": true|200, but the answer is no JSON object
		"status": 200, "body": "{\"name\": \"tr"|200, but the answer is no JSON object
		"status": 200, "body": {}, "huge": 10000000|an answer of more than 8388608 bytes
	END
}

@test "a token that is not taken is renewed once" {
	asking_start
	fault '{"status": 401}'
	ask 0
	same "POST /token
GET /OPERATION
POST /token
GET /OPERATION" "$(asked)"
	fault '{"status": 401, "times": "always", "message": "m"}'
	ask 1
	said "401 UNAUTHENTICATED: m"
	same 4 "$(asked | wc -l)"
}

@test "Retry-After is heeded, in seconds and as a date" {
	asking_start
	# With pauses of its own choice, ten minutes are too short for this.
	for after in 0 '"Wed, 31 Dec 2025 23:59:59 GMT"'; do
		fault "{\"status\": 429, \"retry_after\": $after, \"times\": 40}"
		ask 0
		same 41 "$(gets)"
	done
}

@test "Retry-After of an hour: all of the ten minutes are waited" {
	export GLB_TIME_SCALE=1000
	asking_start
	fault '{"status": 503, "retry_after": 3600, "times": "always"}'
	glb-gcs status "$op" >out 2>err || true
	[ "$(gets)" -le 2 ]
}

@test "after ten minutes it is enough" {
	export GLB_TIME_SCALE=1000
	asking_start
	fault '{"status": 503, "times": "always"}'
	ask 1
	[ "$(gets)" -ge 2 ]
	[ "$(gets)" -lt 30 ]
	same "glb-gcs: status: $op cannot be seen for now: 503 UNAVAILABLE: This is a fault of the test's." \
		"$(tail -n 1 err)"
}

@test "what is waited for is said once, when it takes more than seconds" {
	asking_start
	fault '{"status": 503, "retry_after": 9}'
	ask 0
	said ''
	fault '{"status": 503, "retry_after": 9, "times": 4, "message": "m"}'
	ask 0
	same "glb-gcs: GET v1/$op: 503 UNAVAILABLE: m; trying again for up to ten minutes" "$(cat err)"
	transfer_fault '{"path": "token", "drop": "before", "times": 12}'
	ask 0
	[[ $(cat err) == "glb-gcs: GET v1/$op: token from $GLB_TOKEN_ENDPOINT: "*'; trying again for up to ten minutes' ]]
}

@test "a token is used for minutes, and asked for again when it is due" {
	asking_start
	try 0 glb-gcs status "$op" "$op" "$op"
	same 1 "$(asked | grep -c token)"
	: >transfer.log
	transfer_set '{"expires_in_text": true}'
	try 0 glb-gcs status "$op" "$op"
	same 1 "$(asked | grep -c token)"
	: >transfer.log
	transfer_set '{"token_seconds": 220}'
	try 0 glb-gcs status "$op" "$op"
	same 2 "$(asked | grep -c token)"
}

@test "a token server that fails for a while, and one that answers nonsense" {
	asking_start
	for what in '"status": 503, "times": 4' '"drop": "after", "times": 4' \
		'"status": 400, "body": {"error": "temporarily_unavailable"}'; do
		transfer_fault "{\"path\": \"token\", $what}"
		ask 0
	done
	while IFS='|' read -r what want; do
		: >transfer.log
		transfer_fault "{\"path\": \"token\", $what}"
		ask 1
		said "token from $GLB_TOKEN_ENDPOINT: $want"
		same "POST /token" "$(asked)"
	done <<-'END'
		"body": "{\"access_token\": \"x"|200, but the answer is no JSON object
		"body": {"access_token": 5}|200, but no token in the answer
		"body": {"access_token": "a b"}|200, but no token in the answer
		"status": 404, "html": true|404 NOT_FOUND
		"huge": 70000|an answer of more than 65536 bytes
	END
}

@test "an endpoint is https, or http to this machine" {
	asking_start
	for var in GLB_STS_ENDPOINT GLB_GCS_ENDPOINT GLB_TOKEN_ENDPOINT; do
		for url in http://example.com/ http://127.0.0.1.example.com/; do
			try 1 env "$var=$url" glb-gcs status "$op"
			said "glb-gcs: $var: plain http, and not to this machine"
		done
		try 1 env "$var=ftp://127.0.0.1/" glb-gcs status "$op"
		said "glb-gcs: $var: neither https nor http"
		try 1 env "$var=https://u:pass@127.0.0.1/" glb-gcs status "$op"
		said "glb-gcs: $var: a URL with a user or password"
	done
	same '' "$(asked)"
}

@test "a token that is good elsewhere does not go over plain http" {
	asking_start
	try 1 env -u GLB_TOKEN_ENDPOINT glb-gcs status "$op"
	said "glb-gcs: GLB_STS_ENDPOINT: is plain http: no token of https://oauth2.googleapis.com/token goes there"
	try 1 env -u GLB_STS_ENDPOINT -u GLB_TOKEN_ENDPOINT glb-gcs status "$op"
	said "glb-gcs: GLB_GCS_ENDPOINT: is plain http: no token of https://oauth2.googleapis.com/token goes there"
	same '' "$(asked)"
	# What says itself that it is of this machine may.
	adc "$(jq --arg uri "$GLB_TOKEN_ENDPOINT" '.token_uri = $uri' key.json)"
	unset GLB_TOKEN_ENDPOINT
	ask 0
}

@test "a universe of the credentials and another of the environment" {
	asking_start
	export GOOGLE_CLOUD_UNIVERSE_DOMAIN=example.org
	ask 1
	said "glb-gcs: GOOGLE_CLOUD_UNIVERSE_DOMAIN: example.org, but GOOGLE_APPLICATION_CREDENTIALS: $T/key.json (service_account) is of googleapis.com"
	GOOGLE_CLOUD_UNIVERSE_DOMAIN=a/b ask 1
	said "glb-gcs: GOOGLE_CLOUD_UNIVERSE_DOMAIN: not a domain"
	same '' "$(asked)"
}

@test "what must arrive once is not sent again, by no layer" {
	asking_start
	transfer_fault '{"path": ":run", "drop": "after"}'
	try 0 glb-gcs backup --project=glb-test-project --source=src --sink=dst \
		--id=1 --kind=uploads
	same 1 "$(asked | grep -c ':run$')"
	transfer_objects dst | grep -qx '5 backups/1/uploads/a'
}
