#!/usr/bin/env bats
# glb-gcs: nothing secret is said, shown, or left behind.
# SPDX-License-Identifier: MIT
load helper
load transfer
load asking

teardown() { transfer_stop; }

# held: glb-gcs waits for an answer in the background, as $pid.
held() {
	transfer_fault '{"path": "transferOperations", "wait": "'"$T/go"'"}'
	glb-gcs status "$op" >out 2>err 3>&- &
	pid=$!
	until asked | grep -q OPERATION; do kill -0 "$pid"; done
}

@test "a server that says what it was sent: tokens and secrets are hidden" {
	asking_start
	transfer_set '{"tokens": ["ya29.a-token-of-the-test"]}'
	transfer_fault '{"path": "token", "times": "always", "status": 200,
		"body": {"access_token": "ya29.a-token-of-the-test"}}'
	transfer_fault '{"path": "transferOperations", "status": 403,
		"message": "Bearer ya29.a-token-of-the-test, ya29.a-token-of"}'
	ask 1
	grep -q '403 PERMISSION_DENIED: Bearer \[secret\], \[secret\]' err
	# In a success, too, wherever the text goes from there.
	transfer_set '{"operation_fields": {"metadata": {"errorBreakdowns": [
		{"errorCode": "UNKNOWN", "errorCount": "1", "errorLogEntries": [
		{"url": "gs://src/a", "errorDetails": ["ya29.a-token-of-the-test"]}]}]}}}'
	ask 1
	grep -qF '[secret]' err
}

@test "a token server that says what it was sent" {
	asking_start
	adc '{"type": "authorized_user", "client_id": "client-id",
		"client_secret": "client-secret", "refresh_token": "1//refresh-token"}'
	cat >body <<-'END'
		{"error": "invalid_request", "error_description":
		"client-secret and 1\/\/refresh-token and 1//refresh-tok"}
	END
	transfer_fault "$(jq -nR '{path: "token", status: 400,
		body: [inputs] | join(" ")}' <body)"
	ask 1
	said "token from $GLB_TOKEN_ENDPOINT: 400 invalid_request: [secret] and [secret] and [secret]"
}

@test "no core is dumped, and the command line holds no secret" {
	asking_start
	held
	grep -q '^Max core file size  *0  *0 ' "/proc/$pid/limits"
	same "glb-gcs status $op " "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
	: >go
	wait "$pid"
}

@test "nobody but root reads its memory" {
	[ "$(id -u)" -ne 0 ] || exec_as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	asking_start
	open_test
	chmod 644 key.json
	transfer_fault '{"path": "transferOperations", "wait": "'"$T/go"'"}'
	"${exec_as[@]}" glb-gcs status "$op" >out 2>err 3>&- &
	pid=$!
	until asked | grep -q OPERATION; do kill -0 "$pid"; done
	# The kernel gives what such a process has in /proc to root.
	same 0 "$(stat -c %u "/proc/$pid/mem")"
	: >go
	wait "$pid"
}

@test "a signal ends it at once, in the middle of a request" {
	asking_start
	held
	kill -TERM "$pid"
	# Long before the minute that a request may take.
	timeout 30 tail --pid="$pid" -f /dev/null
	try 143 wait "$pid"
}

@test "a signal ends it at once, between two requests" {
	export GLB_TIME_SCALE=1
	asking_start
	transfer_fault '{"path": "transferOperations", "status": 503,
		"retry_after": 500}'
	glb-gcs status "$op" >out 2>err 3>&- &
	pid=$!
	until asked | grep -q OPERATION; do kill -0 "$pid"; done
	kill -TERM "$pid"
	try 143 wait "$pid"
}
