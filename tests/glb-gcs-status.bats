#!/usr/bin/env bats
# glb-gcs: operations that are left to themselves, and what becomes of them.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

# gcs_hour: an operation takes an hour from now on.
gcs_hour() { transfer_set '{"run_seconds": 3600}'; }

@test "--no-wait prints the operation at once, and how to follow it" {
	gcs_start 1
	gcs_hour
	try 0 backup --no-wait
	same 'IN_PROGRESS null null null null' \
		"$(result '"\(.status) \(.objects) \(.bytes) \(.ended) \(.error)"')"
	says "uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/" \
		"uploads: OP goes on in the cloud; follow it: glb-gcs status OP; stop it: gcloud transfer operations cancel OP"
	grep -qF "glb-gcs status $(result .operation)" err
	same 'GET /v1/JOB
POST /v1/transferJobs
POST /v1/JOB:run' "$(requests)"
}

@test "status of what still runs is 4, of what has succeeded 0" {
	gcs_start 1
	gcs_hour
	try 0 backup --no-wait
	op=$(result .operation)
	try 4 glb-gcs status "$op"
	same "$(jq -c '.' <<<'{"verb":"backup","kind":"uploads","project":"glb-test-project","source":"gs://gl-uploads/","sink":"gs://glb-backup/backups/1700_v/uploads/"}' | tr -d '}')" \
		"$(sed 's/,"job.*//' out)"
	same 'IN_PROGRESS null' "$(result '"\(.status) \(.objects)"')"
	pass 3600
	try 0 glb-gcs status "$op"
	same "$job $op SUCCESS 2 9 null" \
		"$(result '"\(.job) \(.operation) \(.status) \(.objects) \(.bytes) \(.error)"')"
	same '' "$(cat err)"
}

@test "status --wait waits for each" {
	gcs_start
	transfer_set '{"run_seconds": 60}'
	try 0 backup --no-wait
	op=$(result .operation)
	transfer_put gl-lfs bad x
	transfer_set '{"fail_objects": [{"name": "bad"}]}'
	try 0 backup --no-wait --source=gl-lfs --kind=lfs
	try 1 glb-gcs status --wait "$op" "$(result .operation)"
	same 'uploads SUCCESS 2 2
lfs FAILED 1 0' "$(result '"\(.kind) \(.status) \(.objects) \(.objects_copied)"')"
}

@test "one that failed makes status 1, and all are told" {
	gcs_start
	try 0 backup
	good=$(result .operation)
	transfer_set '{"fail_objects": [{"name": "a.txt"}]}'
	gcs_usual+=(--id=1800_v)
	try 1 backup
	bad=$(result .operation)
	try 1 glb-gcs status "$good" "$bad" "$good"
	same 'SUCCESS FAILED SUCCESS' "$(result .status | xargs)"
	grep -q "^glb-gcs: $bad: status FAILED; NOT_FOUND: 1 error, the first https://" err
	try 1 glb-gcs status transferOperations/none "$good"
	same 'null SUCCESS' "$(result .status | xargs)"
	same 'glb-gcs: status: look at transferOperations/none: 404 NOT_FOUND: Requested entity was not found.' "$(cat err)"
}

@test "an operation that copies no backup: its kind and verb are not known" {
	gcs_start
	try 0 backup
	op=$(result .operation)
	transfer_set '{"operation_fields": {"metadata": {"transferSpec": {"gcsDataSink": {"path": "x/"}}}}}'
	try 0 glb-gcs status "$op"
	same 'null null gs://glb-backup/x/' "$(result '"\(.verb) \(.kind) \(.sink)"')"
	transfer_set '{"operation_fields": {"metadata": {"transferSpec": {"gcsDataSink": null}}}}'
	try 0 glb-gcs status "$op"
	same 'null null null' "$(result '"\(.verb) \(.kind) \(.sink)"')"
}

@test "restore --backup-operation: one that still runs is no backup yet" {
	gcs_start 1
	gcs_hour
	try 0 backup --no-wait
	op=$(result .operation)
	try 1 restore --backup-operation="$op"
	same '' "$(cat out)"
	says 'uploads: OP, which makes the backup, is not done yet (status IN_PROGRESS)'
	same '' "$(transfer_state '.jobs[] | .name | select(contains("restore"))')"
}

@test "restore --backup-operation: what it found is expected" {
	gcs_start
	try 0 backup --no-wait
	op=$(result .operation)
	try 0 restore --backup-operation="$op"
	transfer_remove glb-backup backups/1700_v/uploads/a.txt
	try 1 restore --backup-operation="$op"
	same 'objects: 1 found, 2 in the backup' "$(result .error)"
	transfer_bucket gl-none
	try 0 backup --source=gl-none --kind=empty
	try 0 restore --kind=empty --backup-operation="$(result .operation)"
	same '0 null' "$(result '"\(.objects) \(.error)"')"
}

@test "restore --backup-operation: one that failed or made another backup is refused" {
	gcs_start
	try 0 backup
	op=$(result .operation)
	gcs_usual+=(--id=1800_v)
	try 1 restore --backup-operation="$op"
	says 'uploads: OP has not made this backup'
	transfer_set '{"fail_operation": {"code": "INTERNAL"}}'
	try 1 backup
	try 1 restore --backup-operation="$(result .operation)"
	says 'uploads: OP, which made the backup, has failed: status FAILED; INTERNAL: 1 error, the first gs://gl-uploads: The transfer failed.'
	same '' "$(cat out)"
}

@test "restore --backup-operation: one that is not known any more is said" {
	gcs_start
	try 0 backup
	try 0 restore --backup-operation=transferOperations/gone-1
	same 'glb-gcs: uploads: transferOperations/gone-1, which made the backup, is not known any more: what is copied cannot be compared with it' "$(sed 1q err)"
	same 'SUCCESS 2' "$(result '"\(.status) \(.objects)"')"
}
