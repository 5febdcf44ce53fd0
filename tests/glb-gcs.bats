#!/usr/bin/env bats
# glb-gcs: a bucket into a backup, and back.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

@test "backup copies to backups/ID/KIND/ and tells what it was" {
	gcs_start
	try 0 backup
	same '5 backups/1700_v/uploads/a.txt
4 backups/1700_v/uploads/b/c.txt' "$(transfer_objects glb-backup)"
	op=$(transfer_state '.operations[0].name')
	started=$(transfer_state '.operations[0].metadata.startTime')
	ended=$(transfer_state '.operations[0].metadata.endTime')
	same '{"verb":"backup","kind":"uploads","project":"glb-test-project","source":"gs://gl-uploads/","sink":"gs://glb-backup/backups/1700_v/uploads/","job":"'"$job"'","operation":"'"$op"'","status":"SUCCESS","objects":2,"bytes":9,"objects_copied":2,"bytes_copied":9,"started":"'"$started"'","ended":"'"$ended"'","error":null}' "$(cat out)"
	says "uploads: OP is started: gs://gl-uploads/ to gs://glb-backup/backups/1700_v/uploads/"
}

@test "restore brings back just what the backup had, and deletes nothing" {
	gcs_start
	before=$(transfer_objects gl-uploads)
	try 0 backup
	transfer_remove gl-uploads a.txt
	transfer_put gl-uploads b/c.txt changed
	transfer_put gl-uploads new.txt stays
	try 0 restore --expect-objects=2 --expect-bytes=9
	same "$before
5 new.txt" "$(transfer_objects gl-uploads)"
	same 'restore gs://glb-backup/backups/1700_v/uploads/ gs://gl-uploads/ 2 9' \
		"$(result '[.verb, .source, .sink, .objects, .bytes] | join(" ")')"
}

@test "a restore is waited for as a backup is, and fails as one" {
	gcs_start
	try 0 backup
	transfer_remove gl-uploads a.txt
	transfer_set '{"run_seconds": 7200}'
	try 0 restore
	same 5 "$(transfer_objects gl-uploads | sed -n 's/ a.txt//p')"
	transfer_remove gl-uploads a.txt
	transfer_set '{"fail_objects": [{"name": "a.txt"}]}'
	try 1 restore
	same FAILED "$(result .status)"
}

@test "a prefix: only what is below it is copied, and goes back below it" {
	gcs_start
	transfer_put gl-all uploads/x.txt 1
	transfer_put gl-all uploads-2/y.txt 22
	transfer_put gl-all lfs/z 333
	try 0 backup --source=gl-all/uploads
	same '1 backups/1700_v/uploads/x.txt' "$(transfer_objects glb-backup)"
	transfer_remove gl-all uploads/x.txt
	try 0 restore --sink=gl-all/uploads
	same '3 lfs/z
2 uploads-2/y.txt
1 uploads/x.txt' "$(transfer_objects gl-all)"
}

@test "the first run creates the job, a later one updates and runs it" {
	gcs_start
	try 0 backup
	gcs_usual+=(--id=1800_v)
	try 0 backup
	same 'GET /v1/JOB
POST /v1/transferJobs
POST /v1/JOB:run
GET /v1/JOB
GET /v1/OP
PATCH /v1/JOB
POST /v1/JOB:run' "$(requests)"
	same '4 backups/1700_v/uploads/b/c.txt 4 backups/1800_v/uploads/b/c.txt' \
		"$(transfer_objects glb-backup | grep c.txt | xargs)"
}

@test "requests have the recorded shape, and a mask that keeps what is not ours" {
	gcs_start
	try 0 backup --source=gl-uploads/b
	try 0 backup --source=gl-uploads/b
	job=$(result .job)
	spec='{"gcsDataSink":{"bucketName":"glb-backup","path":"backups/1700_v/uploads/"},"gcsDataSource":{"bucketName":"gl-uploads","path":"b/"},"transferOptions":{"metadataOptions":{"storageClass":"STORAGE_CLASS_PRESERVE","temporaryHold":"TEMPORARY_HOLD_PRESERVE"},"overwriteWhen":"DIFFERENT"}}'
	same '["projectId=glb-test-project",null]
["",{"name":"'"$job"'","projectId":"glb-test-project","status":"ENABLED","transferSpec":'"$spec"'}]
["",{"projectId":"glb-test-project"}]
["projectId=glb-test-project",null]
["",null]
["",{"projectId":"glb-test-project","transferJob":{"status":"ENABLED","transferSpec":'"$spec"'},"updateTransferJobFieldMask":"transfer_spec,status"}]
["",{"projectId":"glb-test-project"}]' "$(jq -Sc 'select(.path | startswith("/v1/")) |
		[.query, (.body | fromjson? // null)]' transfer.log)"
}

@test "what is equal already is counted as the backup's, but not as copied" {
	gcs_start
	try 0 backup
	transfer_put gl-uploads d.txt third-file
	try 0 backup
	same '3 19 1 10' "$(result '[.objects, .bytes, .objects_copied, .bytes_copied] | join(" ")')"
}

@test "storage class and custom time stay as they are" {
	gcs_start
	transfer_put gl-uploads old.bin x '{"fields": {"storageClass": "ARCHIVE", "customTime": "2020-01-01T00:00:00Z"}}'
	try 0 backup
	transfer_set '{"check_tokens": false}'
	same 'ARCHIVE 2020-01-01T00:00:00Z' \
		"$(transfer_ask GET /storage/v1/b/glb-backup/o/backups%2F1700_v%2Fuploads%2Fold.bin |
			jq -r '"\(.storageClass) \(.customTime)"')"
}

@test "objects are encrypted with the key of the bucket that they come into" {
	key_of() { transfer_ask GET "/storage/v1/b/$1/o/$2" | jq -r .kmsKeyName; }
	gcs_start
	for b in gl-uploads glb-backup; do
		transfer_bucket $b '{"encryption": {"defaultKmsKeyName": "key of '$b'"}}'
	done
	transfer_put gl-uploads k x '{"fields": {"kmsKeyName": "key of gl-uploads"}}'
	try 0 backup
	transfer_remove gl-uploads k
	try 0 restore
	transfer_set '{"check_tokens": false}'
	same 'key of glb-backup' "$(key_of glb-backup backups%2F1700_v%2Fuploads%2Fk)"
	same 'key of gl-uploads' "$(key_of gl-uploads k)"
}

@test "an empty bucket is backed up: 0 objects" {
	gcs_start
	transfer_bucket gl-empty
	try 0 backup --source=gl-empty
	same 'SUCCESS 0 0 null' "$(result '"\(.status) \(.objects) \(.bytes) \(.error)"')"
}

@test "a restore that finds nothing has failed, unless nothing was expected" {
	gcs_start
	gcs_usual+=(--id=1700_mistyped)
	try 1 restore
	same 'SUCCESS 0 no objects found to restore' "$(result '"\(.status) \(.objects) \(.error)"')"
	grep -qx 'glb-gcs: uploads: transferOperations/.*: no objects found to restore' err
	try 1 restore --expect-objects=2
	same 'objects: 0 found, 2 in the backup' "$(result .error)"
	try 0 restore --expect-objects=0 --expect-bytes=0
	same null "$(result .error)"
}

@test "fewer objects or other bytes than the backup had are 1, more are 4" {
	gcs_start
	try 0 backup
	try 1 restore --expect-objects=3
	same 'objects: 2 found, 3 in the backup' "$(result .error)"
	try 1 restore --expect-objects=2 --expect-bytes=8
	same 'bytes: 9 found, 8 in the backup' "$(result .error)"
	try 4 restore --expect-objects=1 --expect-bytes=5
	same 'objects: 2 found, 1 in the backup' "$(result .error)"
}
