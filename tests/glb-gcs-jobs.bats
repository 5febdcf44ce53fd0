#!/usr/bin/env bats
# glb-gcs: what jobs are called, and who may use them when.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

# delete_job NAME: as someone does in the console.
delete_job() {
	transfer_set '{"check_tokens": false}'
	transfer_ask DELETE "/v1/$1?projectId=glb-test-project" >/dev/null
}

# other_run ID: a run for another backup that has the job busy for 100
# hours of the stand-in; its operation is $other.
other_run() {
	transfer_set '{"run_seconds": 360000}'
	try 0 backup --no-wait --id="$1"
	other=$(result .operation)
	transfer_set '{"run_seconds": 0}'
}

# wait_for_other [OPTION]...: a backup that comes upon it, and its end.
wait_for_other() {
	in_background backup "$@"
	until_true grep -qF "$other" bg.err
	pass 360000
	wait "$bg"
	mv bg.out out
	mv bg.err err
}

# runs: how many operations there are.
runs() { transfer_state '.operations | length'; }

# copies_to PATH: whether the job does.
copies_to() { [ "$(transfer_state '.jobs[0].transferSpec.gcsDataSink.path')" = "$1" ]; }

@test "two sites of one project do not share a job" {
	gcs_start
	transfer_put staging-uploads s.txt 1
	try 0 backup --instance=gitlab.example.com
	one=$(result .job)
	try 0 backup --instance=staging.example.com
	two=$(result .job)
	try 0 backup --instance=gitlab.example.com --source=staging-uploads
	three=$(result .job)
	same 3 "$(printf '%s\n' "$one" "$two" "$three" | sort -u |
		grep -cxE 'transferJobs/glb-uploads-backup-[0-9a-f]{12}')"
	try 0 backup --instance=gitlab.example.com --id=1800_v
	same "$one" "$(result .job)"
}

@test "a restore of another id uses the same job" {
	gcs_start
	try 0 backup
	try 0 backup --id=1800_v
	try 0 restore
	first=$(result .job)
	try 0 restore --id=1800_v
	same "$first" "$(result .job)"
	same 2 "$(transfer_state '.jobs | length')"
}

@test "a kind with any characters makes a name that the service takes" {
	gcs_start
	try 0 backup --kind='my files+@ü'
	[[ $(result .job) =~ ^transferJobs/glb-my-files-----backup-[0-9a-f]{12}$ ]]
	same '5 backups/1700_v/my files+@ü/a.txt' "$(transfer_objects glb-backup | sed 1q)"
}

@test "the name of a deleted job is stepped over, and that of the next one" {
	gcs_start
	try 0 backup
	delete_job "$job"
	try 0 backup
	same "$job-2" "$(result .job)"
	delete_job "$job-2"
	try 0 backup
	same "$job-3" "$(result .job)"
	says 'uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/'
	try 0 backup
	same "$job-3" "$(result .job)"
}

@test "--job-name=compat is GitLab's name, and says when that was deleted" {
	gcs_start
	try 0 backup --job-name=compat
	same transferJobs/uploads-backup "$(result .job)"
	try 0 restore --job-name=compat
	same transferJobs/uploads-restore "$(result .job)"
	delete_job transferJobs/uploads-backup
	try 0 backup --job-name=compat
	same transferJobs/uploads-backup-2 "$(result .job)"
	same 'glb-gcs: uploads: transferJobs/uploads-backup was deleted, which keeps its name; trying transferJobs/uploads-backup-2' "$(sed 1q err)"
}

@test "a job that someone has disabled or bent is put right" {
	gcs_start
	try 0 backup
	transfer_set '{"check_tokens": false}'
	transfer_ask PATCH "/v1/$job" '{"projectId": "glb-test-project",
		"updateTransferJobFieldMask": "transfer_spec,status",
		"transferJob": {"status": "DISABLED", "transferSpec": {
			"gcsDataSource": {"bucketName": "gl-uploads"},
			"gcsDataSink": {"bucketName": "gl-uploads", "path": "x/"},
			"transferOptions": {"deleteObjectsUniqueInSink": true}}}}'
	transfer_put glb-backup backups/1800_v/uploads/kept 1
	try 0 backup --id=1800_v
	same '5 4 1' "$(transfer_objects glb-backup | grep 1800 | cut -d' ' -f1 | xargs)"
	same 2 "$(transfer_objects gl-uploads | wc -l)"
}

@test "a busy job is waited for, and then copies what was asked" {
	gcs_start
	other_run 1600_v
	wait_for_other
	says "uploads: $job is busy: OP copies gs://gl-uploads/ to gs://glb-backup/backups/1600_v/uploads/" \
		'uploads: waiting for the end of OP' \
		'uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/'
	same 'SUCCESS 2 gs://glb-backup/backups/1700_v/uploads/' \
		"$(result '"\(.status) \(.objects_copied) \(.sink)"')"
	[ "$(result .operation)" != "$other" ]
	same 4 "$(transfer_objects glb-backup | wc -l)"
}

@test "--busy=fail refuses a busy job, and names what is in the way" {
	gcs_start
	other_run 1600_v
	try 1 backup --busy=fail
	same '' "$(cat out)"
	says "uploads: $job is busy: OP copies gs://gl-uploads/ to gs://glb-backup/backups/1600_v/uploads/"
	same 1 "$(runs)"
}

@test "an operation of an interrupted run of the same backup is taken over" {
	gcs_start
	other_run 1700_v
	wait_for_other
	same "$other" "$(result .operation)"
	says 'uploads: OP of an earlier run copies the same; it is taken over'
	same 1 "$(runs)"
}

@test "busy is learnt from the answer to :run, whatever word it has" {
	gcs_start
	for word in FAILED_PRECONDITION ABORTED ALREADY_EXISTS; do
		transfer_set "{\"busy\": \"$word\"}"
		other_run "$word"
		# What the job says of its newest operation is old.
		transfer_fault '{"method": "GET", "path": "/v1/transferJobs/", "merge": {"latestOperationName": null}}'
		wait_for_other --id="$word-2"
		grep -q "is busy: $other copies" err
		same 2 "$(transfer_objects glb-backup | grep -c "/$word-2/")"
	done
}

@test "two runs at once, with other ids: each copies to its own place" {
	gcs_start
	transfer_set '{"run_seconds": 20}'
	backup --id=1 >1.out 2>1.err 3>&- &
	bg=$!
	backup --id=2 >2.out 2>2.err
	wait "$bg"
	same 'SUCCESS gs://glb-backup/backups/1/uploads/ 2 SUCCESS gs://glb-backup/backups/2/uploads/ 2' \
		"$(jq -r '"\(.status) \(.sink) \(.objects)"' 1.out 2.out | xargs)"
	same 4 "$(transfer_objects glb-backup | wc -l)"
	[ "$(jq .operation 1.out)" != "$(jq .operation 2.out)" ]
}

@test "a job changed between update and run: that operation is not taken for ours" {
	gcs_start
	try 0 backup
	transfer_fault '{"method": "POST", "path": ":run$", "wait": "'"$T"'/go", "execute": false}'
	in_background backup --id=1800_v
	until_true copies_to backups/1800_v/uploads/
	transfer_set '{"check_tokens": false, "run_seconds": 360000}'
	transfer_ask PATCH "/v1/$job" '{"projectId": "glb-test-project",
		"updateTransferJobFieldMask": "transfer_spec",
		"transferJob": {"transferSpec": {
			"gcsDataSource": {"bucketName": "gl-uploads"},
			"gcsDataSink": {"bucketName": "glb-backup", "path": "backups/1900_v/uploads/"}}}}'
	touch go
	until_true grep 'is busy' bg.err
	transfer_set '{"run_seconds": 0}'
	pass 360000
	ended 0
	same 'SUCCESS gs://glb-backup/backups/1800_v/uploads/ 2' \
		"$(jq -r '"\(.status) \(.sink) \(.objects)"' bg.out)"
	grep -q 'is busy: .* to gs://glb-backup/backups/1900_v/uploads/$' bg.err
}

@test "the role of GitLab's documentation is enough" {
	gcs_start
	transfer_set '{"role": "gitlab"}'
	try 0 backup
	try 0 restore
	other_run 1800_v
	transfer_fault '{"method": "GET", "path": "/v1/transferJobs/", "merge": {"latestOperationName": null}}'
	wait_for_other
	same 'SUCCESS 2' "$(result '"\(.status) \(.objects)"')"
	same 1 "$(requests | grep -c 'GET /v1/transferOperations$')"
}
