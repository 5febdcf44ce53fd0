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

@test "a name with a shell's characters is quoted in what is to be copied" {
	gcs_start
	transfer_fault '{"path": ":run$", "body": {"name": "transferOperations/x;reboot"}}'
	try 0 backup --no-wait
	grep -qF "glb-gcs status 'transferOperations/x;reboot'; stop it: gcloud transfer operations cancel 'transferOperations/x;reboot'" err
}

@test "a service that is away for minutes when the job is created is waited for" {
	gcs_start
	transfer_fault '{"method": "POST", "path": "transferJobs$", "status": 503, "times": 7}'
	try 0 backup
	same SUCCESS "$(result .status)"
	transfer_fault '{"method": "POST", "path": "transferJobs$", "status": 503, "times": "always"}'
	try 1 backup --instance=other
	# 7 and the one that went well; 9 in vain.
	same 17 "$(transfer_log 'select(.method == "POST" and .path == "/v1/transferJobs") | 1' |
		wc -l)"
}
