#!/usr/bin/env bats
# glb-gcs: answers that are errors, lost, or nonsense.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

# executed: how often the service has run a job.
executed() { transfer_state '.operations | length'; }

# lost: what is said when an operation is found whose answer was lost.
lost='uploads: OP is what was started, though the answer was lost'

@test "the answer to :run is lost: the operation is found, and no second one made" {
	gcs_start
	transfer_fault '{"path": ":run$", "drop": "after"}'
	try 0 backup
	says "$lost"
	same '1 SUCCESS 2' "$(executed) $(result '"\(.status) \(.objects)"')"
	same 1 "$(requests | grep -c ':run$')"
}

@test "the same where operations may not be listed, and the job's word lags" {
	gcs_start
	transfer_set '{"role": "gitlab", "lag_seconds": 4}'
	try 0 backup
	pass 60
	transfer_fault '{"path": ":run$", "drop": "after"}'
	try 0 backup --id=1800_v
	says "$lost"
	same '2 SUCCESS 2' "$(executed) $(result '"\(.status) \(.objects)"')"
}

@test "the same when it still runs" {
	gcs_start
	transfer_set '{"run_seconds": 100}'
	transfer_fault '{"path": ":run$", "drop": "after"}'
	try 0 backup
	says "$lost"
	same '1 SUCCESS 2' "$(executed) $(result '"\(.status) \(.objects)"')"
}

@test "answers to :run that are as good as lost" {
	gcs_start
	for fault in '"status": 503' '"status": 500, "html": true' '"truncate": 20' \
		'"cut": 20' '"body": []' '"merge": {"name": 7}' '"status": 504'; do
		before=$(executed)
		transfer_fault "{\"path\": \":run$\", \"execute\": true, $fault}"
		try 0 backup --id="v$before"
		says "$lost"
		same $((before + 1)) "$(executed)"
	done
}

@test "dropped before it was executed: run again" {
	gcs_start
	transfer_fault '{"path": ":run$", "drop": "before"}'
	try 0 backup
	grep -q '^glb-gcs: uploads: run transferJobs/' err
	grep -q 'is started: ' err
	same '1 SUCCESS 2' "$(executed) $(result '"\(.status) \(.objects)"')"
}

@test "lost, and what runs then is another's: it is waited for, not taken" {
	gcs_start
	try 0 backup --id=1600_v
	transfer_fault '{"path": ":run$", "wait": "'"$T"'/go", "execute": false, "drop": "before"}'
	transfer_set '{"run_seconds": 360000}'
	in_background backup
	until_true eval '[ "$(transfer_state ".jobs[0].transferSpec.gcsDataSink.path")" = backups/1700_v/uploads/ ]'
	try 0 backup --id=1800_v --no-wait
	touch go
	until_true grep 'is busy' bg.err
	transfer_set '{"run_seconds": 0}'
	pass 360000
	ended 0
	same 'SUCCESS gs://glb-backup/backups/1700_v/uploads/ 2' \
		"$(jq -r '"\(.status) \(.sink) \(.objects)"' bg.out)"
	same 2 "$(transfer_objects glb-backup | grep -c 1700_v)"
}

@test "never an answer to :run: given up, without a result" {
	gcs_start 10000
	transfer_fault '{"path": ":run$", "drop": "before", "times": "always"}'
	try 1 backup
	same '' "$(cat out)"
	same "glb-gcs: uploads: $job could not be run for us; given up" "$(tail -n 1 err)"
}

@test "busy, but nothing is to be seen: given up, with the service's words" {
	gcs_start 10000
	transfer_fault '{"path": ":run$", "status": 400, "word": "FAILED_PRECONDITION", "times": "always"}'
	try 1 backup --busy=fail
	same '' "$(cat out)"
	says "uploads: run $job: 400 FAILED_PRECONDITION: This is a fault of the test's."
}

@test "the answer to create is lost, before or after: one job" {
	gcs_start
	for when in before after; do
		transfer_fault '{"method": "POST", "path": "transferJobs$", "drop": "'$when'"}'
		try 0 backup --instance=$when
		same 'SUCCESS 2' "$(result '"\(.status) \(.objects)"')"
	done
	same 2 "$(transfer_state '.jobs | length')"
}

@test "errors that pass are tried again: get, patch" {
	gcs_start
	try 0 backup
	for fault in '"status": 429, "retry_after": 7' '"status": 500' '"status": 503' \
		'"status": 502, "html": true' '"drop": "before"' '"status": 408'; do
		transfer_fault "{\"method\": \"GET\", \"path\": \"transferJobs/\", $fault}"
		transfer_fault "{\"method\": \"PATCH\", $fault}"
		try 0 backup
		same 1 "$(wc -l <err)"
	done
}

@test "errors that stay are told with the service's words" {
	gcs_start
	try 0 backup
	for at in 'GET transferJobs/ look_at' 'PATCH transferJobs/ update' 'POST :run run'; do
		read -r method path what <<<"$at"
		transfer_fault "{\"method\": \"$method\", \"path\": \"$path\", \"status\": 403, \"message\": \"No.\"}"
		try 1 backup
		same '' "$(cat out)"
		says "uploads: ${what/_/ } $job: 403 PERMISSION_DENIED: No.; glb-gcs check tells which roles are needed"
	done
}

@test "a bucket that Google's agent may not see: what helps is said" {
	gcs_start
	transfer_bucket glb-backup '{"agent": []}'
	try 1 backup
	says "uploads: create $job: 400 FAILED_PRECONDITION: Failed to obtain the location of the Google Cloud Storage (GCS) bucket glb-backup due to insufficient permissions. Please verify that the necessary permissions have been granted.; glb-gcs check tells which roles are needed"
	same '' "$(cat out)"
}

@test "401: one new token, then it is an error" {
	gcs_start
	transfer_fault '{"path": "transferJobs/", "status": 401}'
	try 0 backup
	same 2 "$(transfer_log .path | grep -c ^/token)"
	transfer_fault '{"path": "transferJobs/", "status": 401, "times": 2}'
	try 1 backup
	grep -q "^glb-gcs: uploads: look at $job: 401 UNAUTHENTICATED" err
}

@test "Storage Transfer is switched off in the project" {
	gcs_start
	transfer_set '{"api_disabled": true}'
	try 1 backup
	grep -q '(SERVICE_DISABLED); gcloud services enable storagetransfer.googleapis.com switches it on$' err
}

@test "a failed operation that looks like a success: 1, with all reasons" {
	gcs_start
	transfer_set '{"fail_objects": [{"name": "a.txt", "details": "It is gone."}]}'
	for style in response error; do
		transfer_set "{\"error_style\": \"$style\"}"
		try 1 backup
		same 'FAILED 2 1' "$(result '"\(.status) \(.objects) \(.objects_copied)"')"
		why=$(result .error)
		grep -qF "OP: $why" <(sed -E 's,transferOperations/[^ :]*[0-9],OP,g' err)
		transfer_remove glb-backup backups/1700_v/uploads/b/c.txt
		echo "$why" >>whys
	done
	first='NOT_FOUND: 1 error, the first https://storage.googleapis.com/gl-uploads/a.txt: It is gone.; 1 object of the source failed; 1 of 2 objects copied'
	same "status FAILED; $first
status FAILED; NOT_FOUND: It is gone.; $first" "$(cat whys)"
}

@test "status SUCCESS does not hide what speaks against it" {
	gcs_start
	for lie in '"errorBreakdowns": [{"errorCode": "INTERNAL", "errorCount": "3"}]|INTERNAL: 3 errors' \
		'"counters": {"objectsFromSourceFailed": "1"}|1 object of the source failed' \
		'"counters": {"objectsCopiedToSink": "1"}|1 of 2 objects copied' \
		'"counters": []|counters in the answer is not understood' \
		'"transferSpec": null|the service does not say what was copied'; do
		transfer_remove glb-backup
		transfer_bucket glb-backup
		transfer_set "{\"operation_fields\": {\"metadata\": {${lie%|*}}}}"
		try 1 backup
		same "SUCCESS ${lie#*|}" "$(result '"\(.status) \(.error)"')"
	done
}

@test "status as a number, counters as numbers, fields that are new" {
	gcs_start
	transfer_set '{"enums": "numbers", "int64": "numbers", "reported_counters": true,
		"negative_numbers": true, "operation_fields": {"new": {"x": [1]}}}'
	try 0 backup
	same 'SUCCESS 2 9' "$(result '"\(.status) \(.objects) \(.bytes)"')"
	try 0 backup
}

@test "a bucket that goes away while the operation is queued" {
	gcs_start
	transfer_set '{"queue_seconds": 360000}'
	try 0 backup --no-wait
	transfer_remove glb-backup
	pass 360000
	try 1 glb-gcs status --wait "$(result .operation)"
	[[ $(result .error) == 'status FAILED; NOT_FOUND: 1 error, the first gs://glb-backup: '* ]]
}
