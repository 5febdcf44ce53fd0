#!/usr/bin/env bats
# The stand-in of Google's Storage Transfer Service: tokens, permissions, what
# goes wrong when a test asks for it, and the log.
# SPDX-License-Identifier: MIT
load helper
load transfer
load transferring

platform=https://www.googleapis.com/auth/cloud-platform

# form KEY VALUE...: it is posted to the token endpoint; out has the answer.
form() {
	local transfer_headers=$'Content-Type: application/x-www-form-urlencoded\r\n'
	transfer_ask POST /token "$(jq -rn '$ARGS.positional
		| [range(0; length; 2) as $i | "\(.[$i])=\(.[$i + 1] | @uri)"] | join("&")' --args "$@")" >out
}

# assertion [JQ] [JQ]: a JWT of the key's account; its claims and its header
# changed a little.
assertion() {
	local unsigned
	unsigned=$(jq -nr --argjson now "$EPOCHSECONDS" --slurpfile k key.json --arg aud "$GLB_TOKEN_ENDPOINT" '
		def part: tojson | @base64 | gsub("\\+"; "-") | gsub("/"; "_") | gsub("="; "");
		$k[0] as $k | ({typ: "JWT", alg: "RS256", kid: $k.private_key_id} | '"${2-.}"' | part) + "." +
		({iss: $k.client_email, aud: $aud, iat: $now, exp: ($now + 3600),
			scope: "'$platform'"} | '"${1-.}"' | part)')
	printf '%s.' "$unsigned"
	openssl dgst -sha256 -sign <(jq -r .private_key key.json) <(printf %s "$unsigned") |
		basenc --base64url -w0 | tr -d =
}

# known TOKEN: what the service says to it.
known() {
	transfer_headers="Authorization: Bearer $1"$'\r\n' answers "${2-OK}" GET /v1/googleServiceAccounts/p
}

@test "an assertion: signature, issuer, scope, audience and times are verified" {
	local bearer=urn:ietf:params:oauth:grant-type:jwt-bearer edit jwt
	form grant_type "$bearer" assertion "$(assertion)"
	same 'Bearer 3599' "$(jq -r '"\(.token_type) \(.expires_in)"' out)"
	known "$(jq -r .access_token out)"
	form grant_type "$bearer" assertion "$(assertion '.aud = "https://oauth2.googleapis.com/token"')"
	for edit in '.iss = "x@y"' '.aud = "x"' 'del(.scope)' '.exp += 3600' \
		'.iat -= 9000 | .exp -= 9000' '.iat += 1000 | .exp += 1000' '.exp |= tostring'; do
		try 1 form grant_type "$bearer" assertion "$(assertion "$edit")"
		same "$edit invalid_grant" "$edit $(jq -r .error out)"
	done
	try 1 form grant_type "$bearer" assertion "$(assertion . '.alg = "none"')"
	jwt=$(assertion)
	try 1 form grant_type "$bearer" assertion "${jwt%.*}.$(assertion '.exp -= 1' | cut -d. -f3)"
	same 'Invalid JWT Signature.' "$(jq -r .error_description out)"
	try 1 form grant_type nothing
	known "$(assertion '.sub = .iss | .aud = "https://storagetransfer.googleapis.com/" | del(.scope)')"
	known "$(assertion '.sub = .iss | .aud = "elsewhere" | del(.scope)')" UNAUTHENTICATED
}

@test "refresh tokens, workload identity, impersonation, the metadata server" {
	local exchange=(grant_type urn:ietf:params:oauth:grant-type:token-exchange audience //iam scope "$platform"
		requested_token_type urn:ietf:params:oauth:token-type:access_token
		subject_token_type urn:ietf:params:oauth:token-type:jwt subject_token)
	form grant_type refresh_token client_id client-id client_secret client-secret refresh_token refresh-token
	known "$(jq -r .access_token out)"
	try 1 form grant_type refresh_token client_id client-id client_secret client-secret refresh_token x
	try 1 form grant_type refresh_token client_id client-id client_secret x refresh_token refresh-token
	try 1 form "${exchange[@]}" x
	form "${exchange[@]}" subject-token
	transfer_headers="Authorization: Bearer $(jq -r .access_token out)"$'\r\n'
	impersonate() { answers "$1" POST /v1/projects/-/serviceAccounts/a@b:generateAccessToken "$2"; }
	impersonate INVALID_ARGUMENT '{"lifetime": "3600s"}'
	impersonate OK "{\"scope\": [\"$platform\"], \"lifetime\": \"3600s\", \"delegates\": null}"
	known "$(jq -r .accessToken out)"
	transfer_set '{"impersonate": ["c@d"]}'
	impersonate PERMISSION_DENIED "{\"scope\": [\"$platform\"]}"
	transfer_headers= impersonate UNAUTHENTICATED '{}'
	local at=/computeMetadata/v1/instance/service-accounts/default/token
	transfer_headers='' try 1 transfer_ask GET $at
	transfer_headers=$'Metadata-Flavor: Google\r\n' transfer_ask GET $at >out
	known "$(jq -r .access_token out)"
}

@test "a token that is unknown, has expired or was revoked: 401" {
	known none UNAUTHENTICATED
	grep -q WWW-Authenticate transfer.log.answers
	transfer_set '{"token_seconds": 60, "token_clock": "scaled"}'
	form grant_type refresh_token client_id client-id client_secret client-secret refresh_token refresh-token
	known "$(jq -r .access_token out)"
	form grant_type refresh_token client_id client-id client_secret client-secret refresh_token refresh-token
	token=$(jq -r .access_token out)
	transfer_set '{"advance": 61}'
	known "$token" UNAUTHENTICATED
	transfer_set '{"token_clock": "real"}'
	form grant_type refresh_token client_id client-id client_secret client-secret refresh_token refresh-token
	transfer_set '{"revoke": true}'
	known "$(jq -r .access_token out)" UNAUTHENTICATED
	transfer_set '{"check_tokens": false}'
	known anything
}

@test "the caller's permissions, the service that is off, the quota project" {
	makes OK a
	transfer_set '{"role": "gitlab"}'
	answers OK POST /v1/transferJobs/a:run '{"projectId": "p"}'
	answers OK GET "/v1/$(jq -r .name out)"
	answers PERMISSION_DENIED POST "/v1/$(jq -r .name out):cancel" '{}'
	answers PERMISSION_DENIED DELETE '/v1/transferJobs/a?projectId=p'
	answers PERMISSION_DENIED GET '/v1/transferJobs?filter=%7B%22projectId%22:%22p%22%7D'
	transfer_set '{"role": null, "without": ["storagetransfer.jobs.get"], "quota_project": null}'
	answers PERMISSION_DENIED GET '/v1/transferJobs/a?projectId=p'
	transfer_set '{"api_disabled": true}'
	makes PERMISSION_DENIED a
	same SERVICE_DISABLED "$(jq -r '.error.details[0].reason' out)"
	transfer_set '{"api_disabled": false, "quota_project": "q"}'
	makes PERMISSION_DENIED a
	transfer_headers+=$'X-Goog-User-Project: q\r\n'
	makes ALREADY_EXISTS a
}

@test "the agent's rights on the buckets decide" {
	local denied
	denied='Failed to obtain the location of the Google Cloud Storage (GCS) bucket into due to insufficient permissions. Please verify that the necessary permissions have been granted.'
	transfer_bucket into '{"agent": ["roles/storage.objectAdmin"]}'
	makes FAILED_PRECONDITION a
	same "$denied" "$(jq -r .error.message out)"
	makes FAILED_PRECONDITION a '.transferSpec.gcsDataSink.bucketName = "nowhere"'
	transfer_bucket into '{"agent": ["roles/storage.legacyBucketReader"]}'
	runs a
	same 'FAILED PERMISSION_DENIED' "$(jq -r '.metadata | "\(.status) \(.errorBreakdowns[0].errorCode)"' out)"
	transfer_set '{"agent_roles": ["roles/storage.objectAdmin"]}'
	runs_again a
	same 'SUCCESS CopiedToSink 3 FoundFromSource 3' "$(counted)"
	transfer_bucket into '{"caller": ["storage.buckets.get"]}'
	try 1 transfer_ask GET /storage/v1/b/into/iam
	same forbidden "$(jq -r '.error.errors[0].reason' out)"
	same '["storage.buckets.get"]' "$(transfer_ask GET '/b/into/iam/testPermissions?permissions=storage.buckets.get&permissions=storage.objects.list' | jq -c .permissions)"
	same EU "$(transfer_ask GET /b/into | jq -r .location)"
}

@test "faults: which requests, before or after they are executed" {
	transfer_fault '{"method": "POST", "path": "transferJobs$", "drop": "before"}'
	transfer_fault '{"method": "POST", "path": "transferJobs$", "nth": 2, "drop": "after"}'
	run ! makes OK a
	makes OK b
	run ! makes OK c
	same 'b c' "$(transfer_state '[.jobs[].name | ltrimstr("transferJobs/")] | join(" ")')"
	transfer_fault '{"path": "projectId=p", "status": 429, "retry_after": 7, "times": 2}'
	answers RESOURCE_EXHAUSTED GET '/v1/transferJobs/b?projectId=p'
	answers RESOURCE_EXHAUSTED GET '/v1/transferJobs/b?projectId=p'
	grep -q '"Retry-After": "7"' transfer.log.answers
	transfer_fault '{"status": 409, "word": "ABORTED", "reason": "BECAUSE", "execute": true}'
	makes ABORTED d
	same BECAUSE "$(jq -r '.error.details[0].reason' out)"
	answers OK GET '/v1/transferJobs/d?projectId=p'
	run ! transfer_fault '{"dorp": "before"}'
	transfer_fault '{"status": 500, "times": "always"}'
	answers INTERNAL GET '/v1/transferJobs/d?projectId=p'
	transfer_fault '{"clear": true}'
	answers OK GET '/v1/transferJobs/d?projectId=p'
}

@test "faults: what the answer looks like" {
	makes OK a
	got() {
		transfer_fault "$1"
		transfer_ask GET '/v1/transferJobs/a?projectId=p' >out || true
	}
	got '{"truncate": 20}'
	same 20 "$(wc -c <out)"
	got '{"cut": 30}'
	same 30 "$(wc -c <out)"
	got '{"status": 502, "html": true}'
	grep -q '^<!DOCTYPE html>' out
	got '{"body": "[1]"}'
	same '[1]' "$(cat out)"
	got '{"merge": {"status": [], "name": null, "transferSpec": {"gcsDataSink": {"path": 7}}}}'
	same '[] null 7 into' "$(jq -r '"\(.status) \(.name) \(.transferSpec.gcsDataSink | "\(.path) \(.bucketName)")"' out)"
	got '{"huge": 3000000}'
	same 3000000 "$(jq '.padding | length' out)"
}

@test "the log has every request, whole, also of those without an answer" {
	local i pids=()
	for i in {1..30}; do
		transfer_ask GET "/v1/transferJobs/none$i?projectId=p" >/dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || true; done
	same 30 "$(transfer_log 'select(.path | contains("none")).path' | sort -u | wc -l)"
	transfer_fault "{\"wait\": \"$T/go\"}"
	transfer_ask POST '/v1/transferJobs?x=%20' '{"a": "ä"}' >out 3>&- &
	i=$!
	until transfer_log .path | grep -qx /v1/transferJobs; do :; done
	[ ! -s out ]
	same '{"query":"x=%20","body":"{\"a\": \"ä\"}","json":{"a":"ä"},"a":"Bearer good"}' \
		"$(transfer_log 'select(.method == "POST") | {query, body, json, a: .headers.authorization}')"
	touch go
	wait "$i" || true
	grep -q INVALID_ARGUMENT out
}

@test "it ends when its stdin does" {
	exec {transfer_in}>&-
	wait "$transfer_pid"
	unset transfer_pid
}
