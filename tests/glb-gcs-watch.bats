#!/usr/bin/env bats
# glb-gcs: waiting for operations, for hours and in spite of everything.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

# takes SECONDS: an operation, of the stand-in's time.
takes() { transfer_set "{\"run_seconds\": $1}"; }
polls() { requests | grep -c '^GET /v1/OP$'; }
# operation VERB: what gcloud does to the first one.
operation() {
	transfer_set '{"check_tokens": false}'
	transfer_ask POST "/v1/$(transfer_state '.operations[0].name'):$1" '{}' >/dev/null
}

@test "looks grow rarer: 10 minutes are not asked for every 5 seconds" {
	gcs_start 500
	takes 600
	try 0 backup
	[ "$(polls)" -le 20 ] && [ "$(polls)" -ge 3 ]
}

@test "10 hours: waited for to the end" {
	gcs_start 50000
	takes 36000
	try 0 backup
	same 'SUCCESS 2' "$(result '"\(.status) \(.objects)"')"
	says 'uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/'
}

# memory: of the program in the background, at its largest, in KiB.
memory() { awk '/^VmHWM:/ {print $2}' "/proc/$bg/status"; }
sanitized() { case $GLB_BUILD in *asan* | *tsan*) ;; *) return 1 ;; esac; }
# asked N: whether there were so many requests.
asked() { [ "$(wc -l <transfer.log)" -ge "$1" ]; }

@test "memory stays as it is over more than a thousand looks: a day" {
	gcs_start 1000000
	takes 600000000
	transfer_put gl-uploads many/ xxxxxxxxxx '{"count": 200}'
	in_background backup
	until_true asked 150
	early=$(memory)
	# What sanitizers keep is theirs.
	until_true asked "$(sanitized && echo 200 || echo 1600)"
	sanitized || [ "$(memory)" -le $((early + 64)) ]
	pass 600000000
	ended 0
	same 202 "$(jq .objects bg.out)"
}

@test "queued and paused are said once, and waited for" {
	gcs_start
	transfer_set '{"queue_seconds": 360000, "run_seconds": 360000}'
	in_background backup
	until_true grep queued bg.err
	operation pause
	until_true grep paused bg.err
	seen=$(polls)
	until_true eval '[ "$(polls)" -gt $((seen + 3)) ]'
	operation resume
	pass 720000
	wait "$bg"
	mv bg.err err
	says 'uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/' \
		'uploads: OP is queued until others of the project end' \
		'uploads: OP is paused, and waited for; resume it: gcloud transfer operations resume OP'
	same SUCCESS "$(jq -r .status bg.out)"
}

@test "a status that is not known yet: waited for until done, then no success" {
	gcs_start
	takes 360000
	transfer_set '{"status_names": {"IN_PROGRESS": "BRAND_NEW", "SUCCESS": "SPLENDID"}}'
	in_background backup
	until_true grep BRAND_NEW bg.err
	pass 360000
	ended 1
	same 'SPLENDID status SPLENDID' "$(jq -r '"\(.status) \(.error)"' bg.out)"
	same 1 "$(grep -c BRAND_NEW bg.err)"
}

@test "cancelled by someone else: failed" {
	gcs_start
	takes 360000
	in_background backup
	until_true grep 'is started' bg.err
	operation cancel
	ended 1
	same 'ABORTED status ABORTED; 0 of 2 objects copied' \
		"$(jq -r '"\(.status) \(.error)"' bg.out)"
}

@test "the time limit: 1, the operation goes on, and can be followed" {
	gcs_start 20000
	takes 720000
	try 1 backup --time-limit=1h
	same 'IN_PROGRESS null not done within the time limit' \
		"$(result '"\(.status) \(.objects) \(.error)"')"
	grep -qF "glb-gcs status $(result .operation)" err
	grep -qx 'glb-gcs: uploads: transferOperations/.*: the time limit has passed' err
	pass 720000
	try 0 glb-gcs status "$(result .operation)"
}

@test "the time limit while waiting for another run, and of status --wait" {
	gcs_start 20000
	takes 720000
	try 0 backup --no-wait --id=1600_v
	op=$(result .operation)
	try 1 backup --time-limit=30m
	same '' "$(cat out)"
	same 'glb-gcs: uploads: the time limit has passed while waiting for OP of another run; nothing was copied' \
		"$(sed -E 's,transferOperations/[^ :]*[0-9],OP,g; $!d' err)"
	try 1 glb-gcs status --wait --time-limit=30m "$op"
	same 'not done within the time limit' "$(result .error)"
}

@test "INT, TERM and HUP: it goes on, and how to follow and stop it is said" {
	gcs_start 1
	takes 3600
	for sig in INT TERM HUP; do
		in_background backup --id="$sig" --instance="$sig"
		until_true grep 'is started' bg.err
		kill -"$sig" "$bg"
		ended $((128 + $(kill -l "$sig")))
		op=$(jq -r .operation bg.out)
		same "glb-gcs: uploads: $op goes on in the cloud; follow it: glb-gcs status $op; stop it: gcloud transfer operations cancel $op" "$(sed 1d bg.err)"
		same 'IN_PROGRESS interrupted before it was done' "$(jq -r '"\(.status) \(.error)"' bg.out)"
		try 4 glb-gcs status "$op"
	done
}

@test "--cancel-on-interrupt: cancelled, and said" {
	gcs_start 1
	takes 3600
	in_background backup --cancel-on-interrupt
	until_true grep 'is started' bg.err
	kill -TERM "$bg"
	ended 143
	op=$(jq -r .operation bg.out)
	same "glb-gcs: uploads: $op: the service has accepted to cancel it; see: glb-gcs status $op" "$(sed 1d bg.err)"
	try 1 glb-gcs status "$op"
	same ABORTED "$(result .status)"
}

@test "--cancel-on-interrupt without the right to: it goes on, and is said" {
	gcs_start 1
	takes 3600
	transfer_set '{"role": "gitlab"}'
	in_background backup --cancel-on-interrupt
	until_true grep 'is started' bg.err
	kill -INT "$bg"
	ended 130
	op=$(jq -r .operation bg.out)
	grep -q "^glb-gcs: uploads: cancel $op: 403 PERMISSION_DENIED" bg.err
	grep -q "^glb-gcs: uploads: $op goes on in the cloud" bg.err
}

@test "interrupted while the job is being started: what may run is named" {
	gcs_start 1
	transfer_fault '{"path": ":run$", "wait": "'"$T"'/go"}'
	in_background backup
	until_true eval '[ "$(transfer_state ".operations | length")" = 1 ]'
	kill -TERM "$bg"
	ended 143
	same "glb-gcs: uploads: interrupted while $job was being started; whether it runs: gcloud transfer operations list --job-names=$job" "$(cat bg.err)"
	touch go
}

@test "looks that fail for a while are not worth a word" {
	gcs_start
	takes 100
	n=0
	for fault in '"status": 503' '"drop": "before"' '"truncate": 9' '"status": 500, "html": true' \
		'"body": {"name": "transferOperations/other", "done": true}' '"cut": 10' '"status": 429'; do
		transfer_fault "{\"path\": \"transferOperations/\", \"times\": 2, $fault}"
		try 0 backup --id="v$((n++))"
		says "uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/v$((n - 1))/uploads/"
		transfer_fault '{"clear": true}'
	done
}

@test "Retry-After is heeded between looks" {
	gcs_start
	takes 100
	transfer_fault '{"path": "transferOperations/", "status": 429, "retry_after": 500}'
	try 0 backup
	same 2 "$(polls)"
}

@test "a long outage is said once, and outlasted" {
	gcs_start
	takes 100
	transfer_fault '{"path": "transferOperations/", "status": 503, "times": 9}'
	try 0 backup
	says 'uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/' \
		"uploads: OP cannot be seen for now: 503 UNAVAILABLE: This is a fault of the test's.; still looking"
	same 'SUCCESS 2' "$(result '"\(.status) \(.objects)"')"
}

@test "an operation that may not be seen any more is no success" {
	gcs_start
	takes 360000
	for status in '403, "message": "No."' 404; do
		transfer_fault "{\"path\": \"transferOperations/\", \"status\": $status, \"nth\": 2}"
		try 1 backup --id="v${status%%,*}" --instance="$status"
		same 'IN_PROGRESS null cannot be seen any more' \
			"$(result '"\(.status) \(.objects) \(.error)"')"
		grep -q "^glb-gcs: uploads: look at $(result .operation): ${status%%,*} " err
	done
}

@test "an answer of 7 MB is read, and leaves nothing behind" {
	gcs_start
	takes 100
	transfer_fault '{"path": "transferOperations/", "huge": 7000000, "times": "always"}'
	try 0 bash -c "ulimit -v $(sanitized && echo unlimited || echo 300000); $(declare -f backup); $(declare -p gcs_usual); backup"
	same 'SUCCESS 2' "$(result '"\(.status) \(.objects)"')"
}

@test "progress that the service takes back is not taken back" {
	gcs_start
	takes 60
	transfer_fault '{"path": "transferOperations/", "merge": {"metadata": {"counters": {"objectsCopiedToSink": "70", "bytesFoundFromSource": "900"}}}}'
	GLB_STATUS_FD=9 try 0 backup 9>counts
	same '{"bytes_in":900,"bytes_out":9,"items":70}' "$(tail -n 1 counts)"
	same '2 9' "$(result '"\(.objects_copied) \(.bytes)"')"
}
