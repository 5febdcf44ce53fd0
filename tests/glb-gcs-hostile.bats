#!/usr/bin/env bats
# glb-gcs: key files, limits and answers that mean it ill.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

op=transferOperations/x-1

@test "a key file that waits for a writer: an error, or a signal ends it" {
	gcs_start
	mkfifo pipe
	try 1 timeout -s KILL 5 glb-gcs status --service-account-file=pipe $op
	says 'pipe: not a JSON object'
	exec {hold}<>pipe
	try 143 timeout -k 5 -s TERM --preserve-status 0.2 glb-gcs status \
		--service-account-file=pipe $op
	exec {hold}>&-
}

@test "a key by process substitution is read, however slow its writer" {
	gcs_start
	try 0 backup --service-account-file=<(read -r -t 0.1 <> <(:) || cat key.json)
	same SUCCESS "$(result .status)"
}

@test "a time limit that is longer than clocks count is none" {
	gcs_start
	try 0 backup --time-limit=9223372036854775807s
	same SUCCESS "$(result .status)"
}


@test "a failure after a lost answer, in a later round, says that it may run" {
	gcs_start 10000
	transfer_fault '{"path": ":run$", "drop": "before"}'
	transfer_fault '{"method": "PATCH", "status": 403}'
	try 1 backup
	same "glb-gcs: uploads: failed while $job was being started; whether it runs: gcloud transfer operations list --job-names=$job" \
		"$(tail -n 1 err)"
}
