#!/usr/bin/env bats
# The stand-in of Google's Storage Transfer Service: the rules of jobs and
# operations that the real one has and that no client shows.
# SPDX-License-Identifier: MIT
load helper
load transfer
load transferring

@test "a name is of the pattern, whole, and not longer than 128 bytes" {
	local n
	for n in a 9 glb-x_y.z~1 -a "$(printf 'x%.0s' {1..115})"; do
		makes OK "$n"
	done
	for n in '' a/b OPIa a- a. 'a b' a+b a:b a@b "$(printf 'x%.0s' {1..116})"; do
		makes INVALID_ARGUMENT "$n"
	done
	makes OK none 'del(.name)'
	[[ $(jq -r .name out) =~ ^transferJobs/[0-9]+$ ]]
	makes INVALID_ARGUMENT a/b
	same 'The TransferJob name must be in the pattern of "transferJobs/[^/]+".' \
		"$(jq -r .error.message out)"
}

# refused: makes() with each of the edits on stdin is INVALID_ARGUMENT.
refused() {
	local edit
	while read -r edit; do makes INVALID_ARGUMENT bad "$edit"; done
}

@test "what a job must have, and may not have" {
	refused <<-'JQ'
		del(.projectId)
		del(.status)
		.status = "DELETED"
		.status = 9
		.status = "enabled"
		.surprise = 1
		.description = "x" * 1025
		del(.transferSpec)
	JQ
	answers INVALID_ARGUMENT POST /v1/transferJobs '{"name":'
	answers INVALID_ARGUMENT POST /v1/transferJobs '[]'
	makes INVALID_ARGUMENT bad 'del(.projectId)'
	same 'Project id was not specified.' "$(jq -r .error.message out)"
}

@test "what a spec must have, and may not have" {
	refused <<-'JQ'
		.transferSpec.gcsDataSource.surprise = 1
		del(.transferSpec.gcsDataSource)
		del(.transferSpec.gcsDataSink.bucketName)
		.transferSpec.gcsDataSource.bucketName = 7
		.transferSpec.gcsDataSource.path = "/a/"
		.transferSpec.gcsDataSink.path = "a"
		.transferSpec.objectConditions.includePrefixes = ["/a"]
		.transferSpec.objectConditions.includePrefixes = ["a", "a/b"]
		.transferSpec.transferOptions.overwriteWhen = "SOMETIMES"
		.transferSpec.transferOptions |= {deleteObjectsUniqueInSink: true, deleteObjectsFromSourceAfterTransfer: true}
		.transferSpec |= . + {transferOptions: {deleteObjectsUniqueInSink: true}, objectConditions: {lastModifiedSince: "2026-01-01T00:00:00Z"}}
	JQ
}

@test "names of fields may be of either kind, enums words or numbers" {
	makes OK a '{name, project_id: .projectId, status: 1, transfer_spec: {
		gcs_data_source: {bucket_name: "from", path: ""},
		gcs_data_sink: {bucket_name: "into", path: "to/"},
		transfer_options: {overwrite_when: 1,
			metadata_options: {storage_class: "STORAGE_CLASS_PRESERVE"}}}}'
	same '{"gcsDataSource":{"bucketName":"from"},"gcsDataSink":{"bucketName":"into","path":"to/"},"transferOptions":{"overwriteWhen":"DIFFERENT","metadataOptions":{"storageClass":"STORAGE_CLASS_PRESERVE"}}}' \
		"$(jq -c .transferSpec out)"
	[[ $(jq -r .creationTime out) =~ \.[0-9]{9}Z$ ]]
	answers OK GET '/v1/transferJobs/a?projectId=p&$alt=json;enum-encoding=int'
	same '1 1 2' "$(jq -r '"\(.status) \(.transferSpec.transferOptions
		| "\(.overwriteWhen) \(.metadataOptions.storageClass)")"' out)"
}

@test "a taken name, a deleted one; what is not there" {
	makes OK a
	makes ALREADY_EXISTS a
	same 409 "$(jq .error.code out)"
	makes OK a '.projectId = "another"'
	answers OK DELETE '/v1/transferJobs/a?projectId=p'
	makes ALREADY_EXISTS a
	answers OK GET '/v1/transferJobs/a?projectId=p'
	same DELETED "$(jq -r .status out)"
	answers FAILED_PRECONDITION PATCH /v1/transferJobs/a "$(job a '{projectId: "p", transferJob: .}')"
	same 'Updating a deleted transfer job is not allowed.' "$(jq -r .error.message out)"
	answers FAILED_PRECONDITION POST /v1/transferJobs/a:run '{"projectId": "p"}'
	answers INVALID_ARGUMENT GET /v1/transferJobs/a
	answers NOT_FOUND GET '/v1/transferJobs/none?projectId=p'
	answers NOT_FOUND POST /v1/transferJobs/none:run '{"projectId": "p"}'
	answers NOT_FOUND GET /v1/transferOperations/none
}

@test "PATCH: the mask decides, the spec is replaced whole" {
	makes OK a '.description = "one" | .transferSpec.transferOptions.overwriteWhen = "NEVER"'
	patch() { answers "$1" PATCH /v1/transferJobs/a "$(job a "{projectId: \"p\", transferJob: ., updateTransferJobFieldMask: \"$2\"} | $3")"; }
	patch OK transfer_spec,status '.transferJob.description = "two"'
	same 'one null' "$(jq -r '"\(.description) \(.transferSpec.transferOptions)"' out)"
	patch OK description 'del(.transferJob.transferSpec)'
	same 'null from' "$(jq -r '"\(.description) \(.transferSpec.gcsDataSource.bucketName)"' out)"
	patch OK '' '.transferJob |= {name, status: "DISABLED"}'
	same DISABLED "$(jq -r .status out)"
	patch INVALID_ARGUMENT name .
	patch INVALID_ARGUMENT transfer_spec 'del(.transferJob.transferSpec)'
	patch INVALID_ARGUMENT status 'del(.projectId)'
	patch INVALID_ARGUMENT status '.transferJob.name = "transferJobs/b"'
	patch OK status '.transferJob = {status: 3}'
	patch FAILED_PRECONDITION status .
}

@test "counters are of the objects: copied, skipped, changed, unique" {
	runs a
	same 'SUCCESS CopiedToSink 3 FoundFromSource 3' "$(counted)"
	same '14 14' "$(jq -r '.metadata.counters | "\(.bytesFoundFromSource) \(.bytesCopiedToSink)"' out)"
	same $'3 to/a/1.txt\n6 to/a/2.txt\n5 to/b/3.txt' "$(transfer_objects into)"
	transfer_put from a/1.txt two
	runs_again a
	same 'SUCCESS CopiedToSink 1 FoundFromSource 1 FromSourceSkippedBySync 2' "$(counted)"
	runs_again a
	same 'SUCCESS FromSourceSkippedBySync 3' "$(counted)"
	transfer_put into to/own.txt mine
	transfer_put from a/2.txt other
	runs n '.transferSpec.transferOptions = {overwriteWhen: "NEVER", deleteObjectsUniqueInSink: true}'
	same 'SUCCESS DeletedFromSink 1 FoundOnlyFromSink 1 FromSourceSkippedBySync 3' "$(counted)"
	runs w '.transferSpec.transferOptions.overwriteWhen = "ALWAYS"'
	same 'SUCCESS CopiedToSink 3 FoundFromSource 3' "$(counted)"
	transfer_bucket empty
	runs e '.transferSpec.gcsDataSource.bucketName = "empty"'
	same '{}' "$(jq -c .metadata.counters out)"
}

@test "what lies in the source's path goes to the sink's; prefixes choose" {
	local spec='.transferSpec.gcsDataSource.path = "a/"'
	runs a "$spec"
	same $'3 to/1.txt\n6 to/2.txt' "$(transfer_objects into)"
	transfer_bucket other
	transfer_put from b/4/5.txt five
	runs b '.transferSpec.gcsDataSink = {bucketName: "other"} |
		.transferSpec.objectConditions = {includePrefixes: ["b/", "a/1"], excludePrefixes: ["b/4/"]}'
	same $'3 a/1.txt\n5 b/3.txt' "$(transfer_objects other)"
	runs c '.transferSpec.gcsDataSink = {bucketName: "other", path: "late/"} |
		.transferSpec.objectConditions = {lastModifiedBefore: "2020-01-01T00:00:00.123456789Z"}'
	same SUCCESS "$(counted)"
	runs m '.transferSpec.gcsDataSink = {bucketName: "other", path: "m/"} |
		.transferSpec.transferOptions.deleteObjectsFromSourceAfterTransfer = true'
	same '' "$(transfer_objects from)"
}

@test "metadata comes along as far as it is asked for" {
	transfer_put from a/1.txt one '{"fields": {"storageClass": "NEARLINE",
		"customTime": "2020-01-01T00:00:00Z", "temporaryHold": true,
		"kmsKeyName": "k", "metadata": {"a": "b"}}}'
	runs a
	kept() {
		transfer_ask GET "/storage/v1/b/into/o/$1%2Fa%2F1.txt" | jq -c '[.storageClass, .customTime, .temporaryHold, .kmsKeyName, .metadata.a]'
	}
	same '["STANDARD","2020-01-01T00:00:00Z",true,null,"b"]' "$(kept to)"
	runs b '.transferSpec.gcsDataSink.path = "b/" | .transferSpec.transferOptions.metadataOptions = {
		storageClass: "STORAGE_CLASS_PRESERVE", temporaryHold: "TEMPORARY_HOLD_SKIP", kmsKey: "KMS_KEY_PRESERVE",
		timeCreated: "TIME_CREATED_PRESERVE_AS_CUSTOM_TIME"}'
	[[ $(kept b) =~ ^'["NEARLINE","'20(2[1-9]|[3-9]).*'",null,"k","b"]'$ ]]
}

@test "an operation is queued, goes on, ends; its spec is that of its start" {
	transfer_set '{"time_scale": 0, "lag_seconds": 5}'
	makes OK a
	answers OK POST /v1/transferJobs/a:run '{"projectId": "p"}'
	operation=/v1/$(jq -r .name out)
	answers FAILED_PRECONDITION POST /v1/transferJobs/a:run '{"projectId": "p"}'
	answers OK PATCH /v1/transferJobs/a "$(job a '.transferSpec.gcsDataSink.path = "else/" | {projectId, transferJob: ., updateTransferJobFieldMask: "transfer_spec"}')"
	same 'QUEUED null null' "$(look)"
	transfer_put from a/late.txt x
	transfer_set '{"advance": 3}'
	transfer_put from a/later.txt x
	same 'IN_PROGRESS null null' "$(look)"
	transfer_set '{"advance": 5}'
	same "IN_PROGRESS null $operation" "$(look)"
	same '2 of 4' "$(jq -r '.metadata.counters | "\(.objectsCopiedToSink) of \(.objectsFoundFromSource)"' o)"
	transfer_set '{"advance": 5}'
	same "SUCCESS true $operation" "$(look)"
	same '{"@type":"type.googleapis.com/google.protobuf.Empty"}' "$(jq -c .response o)"
	same 'to/ p transferJobs/a' "$(jq -r '.metadata | "\(.transferSpec.gcsDataSink.path) \(.projectId) \(.transferJobName)"' o)"
	transfer_set '{"busy": "ABORTED"}'
	answers OK POST /v1/transferJobs/a:run '{"projectId": "p"}'
	answers ABORTED POST /v1/transferJobs/a:run '{"projectId": "p"}'
}

@test "pause, resume, cancel" {
	transfer_set '{"time_scale": 0}'
	makes OK a
	answers OK POST /v1/transferJobs/a:run '{"projectId": "p"}'
	operation=/v1/$(jq -r .name out)
	transfer_set '{"advance": 7}'
	answers FAILED_PRECONDITION POST "$operation:resume" '{}'
	answers OK POST "$operation:pause" '{}'
	transfer_set '{"advance": 700}'
	same "PAUSED null $operation" "$(look)"
	answers FAILED_PRECONDITION POST /v1/transferJobs/a:run '{"projectId": "p"}'
	answers OK POST "$operation:resume" '{}'
	same "IN_PROGRESS null $operation" "$(look)"
	answers OK POST "$operation:cancel" '{}'
	same "ABORTED true $operation" "$(look)"
	same $'3 to/a/1.txt' "$(transfer_objects into)"
	answers OK POST /v1/transferJobs/a:run '{"projectId": "p"}'
	transfer_set '{"advance": 13, "error_style": "error"}'
	operation=/v1/$(jq -r .name out)
	same "SUCCESS true $operation" "$(look)"
}

@test "a failed object, a failed run: response, or error" {
	transfer_set '{"fail_objects": [{"name": "^a/", "code": "NOT_FOUND", "details": "gone"}]}'
	runs a
	same 'FAILED CopiedToSink 1 FoundFromSource 3 FromSourceFailed 2' "$(counted)"
	same 'true NOT_FOUND 2 2 gone response' "$(jq -r '"\(.done) \(.metadata.errorBreakdowns[0]
		| "\(.errorCode) \(.errorCount) \(.errorLogEntries | length) \(.errorLogEntries[0].errorDetails[0])") \(keys[-1])"' out)"
	transfer_set '{"error_style": "error", "fail_objects": [],
		"fail_operation": {"code": "PERMISSION_DENIED", "details": "no"}}'
	runs_again a
	same '{"code":7,"message":"no"} null' "$(jq -r '"\(.error) \(.response)"' out)"
	transfer_set '{"status_names": {"FAILED": "MELTED"}, "int64": "numbers", "reported_counters": true,
		"operation_fields": {"metadata": {"transferSpec": null, "more": [1]}}}'
	answers OK GET "/v1/$(jq -r .name out)"
	same 'MELTED null [1] 1 {}' "$(jq -r '.metadata | "\(.status) \(.transferSpec) \(.more) \(.errorBreakdowns[0].errorCount) \(.reportedCounters)"' out)"
}

@test "lists: pages, and filters of either kind" {
	local i
	for i in 1 2 3; do runs a$i; done
	list() { # ITEMS FILTER [QUERY]
		answers OK GET "/v1/$1?filter=$(jq -rn --argjson f "$2" '$f | tojson | @uri')${3-}"
		jq -r ".$1[]?.name // empty" <<<"$(jq '.transferOperations = .operations' out)" | sed 's/.*-a/a/; s/-.*//; s|.*/||' | paste -sd ' '
	}
	same 'a1 a2 a3' "$(list transferJobs '{"projectId": "p"}')"
	same 'a2' "$(list transferJobs '{"project_id": "p", "job_names": ["transferJobs/a2"], "job_statuses": ["enabled"]}')"
	same '' "$(list transferJobs '{"projectId": "p", "jobStatuses": ["DELETED"], "jobNames": null}')"
	same 'a3 a2 a1' "$(list transferOperations '{"projectId": "p"}')"
	same 'a3 a2' "$(list transferOperations '{"projectId": "p"}' '&pageSize=2')"
	same 'a1' "$(list transferOperations '{"projectId": "p"}' "&pageSize=2&pageToken=$(jq -r .nextPageToken out)")"
	same null "$(jq .nextPageToken out)"
	same '' "$(list transferOperations '{"projectId": "p", "transferStatuses": ["FAILED"]}')"
	same 'a1' "$(list transferOperations '{"project_id": "p", "job_name_pattern": "transferJobs/*1"}')"
	answers INVALID_ARGUMENT GET /v1/transferOperations
	answers INVALID_ARGUMENT GET '/v1/transferJobs?filter=%7B%7D'
}
