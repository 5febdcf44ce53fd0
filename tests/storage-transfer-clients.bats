#!/usr/bin/env bats
# The stand-in of Google's Storage Transfer Service, driven by Google's own
# clients, where they are at hand: gcloud on PATH; for Node
# @google-cloud/storage-transfer in GLB_NODE_MODULES or NODE_PATH, or else from
# npm's registry.
# SPDX-License-Identifier: MIT
load helper
load transfer
load transferring

setup_file() {
	local dir want=@google-cloud/storage-transfer
	for dir in "${GLB_NODE_MODULES-}" ${NODE_PATH//:/ }; do
		[ ! -e "$dir/$want" ] || export NODE_PATH=$dir client_for_node=yes
	done
	[ -z "${client_for_node-}" ] && command -v node npm >/dev/null || return 0
	dir=$BATS_FILE_TMPDIR/npm
	mkdir "$dir"
	timeout 60 npm install --prefix "$dir" --no-audit --no-fund \
		--ignore-scripts --fetch-retries=0 --fetch-timeout=20000 \
		--cache="$dir/cache" $want@3.6.1 >"$dir/log" 2>&1 3>&- || return 0
	export NODE_PATH=$dir/node_modules client_for_node=yes
}

# google CODE WORD...: gcloud asks the stand-in; see try.
google() { try "$1" transfer_gcloud "${@:2}"; }

@test "gcloud: a key's tokens, create, run, and what was copied" {
	transfer_has gcloud || return 0
	transfer_put from a/1.txt 123456789
	google 0 auth activate-service-account --key-file=key.json
	google 0 transfer jobs create gs://from gs://into/backups/1/uploads/ --name=a --do-not-run
	grep -qx 'name: transferJobs/a' out
	google 1 transfer jobs create gs://from gs://into/x/ --name=a --do-not-run
	grep -q 'ALREADY_EXISTS: A TransferJob with the name transferJobs/a already' err
	google 0 transfer jobs run a --no-async
	google 0 storage ls --recursive 'gs://into/**'
	same 'gs://into/backups/1/uploads/a/1.txt gs://into/backups/1/uploads/a/2.txt gs://into/backups/1/uploads/b/3.txt' \
		"$(paste -sd ' ' out)"
	google 0 storage hash gs://into/backups/1/uploads/a/1.txt
	same "md5_hash: $(printf 123456789 | openssl dgst -md5 -binary | base64)" "$(grep md5 out)"
	grep -qx 'crc32c_hash: 4waSgw==' out # the published check value
	# What it sends is what our own tests of the rules send.
	same '{"loggingConfig":{"enableOnpremGcsTransferLogs":false},"name":"transferJobs/a","projectId":"glb-test-project","status":"ENABLED","transferSpec":{"gcsDataSink":{"bucketName":"into","path":"backups/1/uploads/"},"gcsDataSource":{"bucketName":"from"}}}' \
		"$(transfer_log 'select(.method == "POST" and .path == "/v1/transferJobs").json' | head -n 1)"
}

@test "gcloud: an active operation, a changed job, a deleted one" {
	transfer_has gcloud || return 0
	token=token
	printf good >token
	makes OK a '.projectId = "glb-test-project"'
	transfer_set '{"run_seconds": 1e6}'
	answers OK POST /v1/transferJobs/a:run '{"projectId": "glb-test-project"}'
	google 1 transfer jobs run a
	grep -q 'FAILED_PRECONDITION: There is already an active operation for transferJobs/a' err
	google 0 transfer operations list --job-names=a
	operation=$(sed -n '2s/ .*//p' out)
	google 0 transfer operations pause "$operation"
	google 0 transfer operations cancel "$operation"
	same ABORTED "$(transfer_state '.operations[0].metadata.status')"
	google 0 transfer jobs update a --destination=gs://into/2/
	same 2/ "$(transfer_state '.jobs[0].transferSpec.gcsDataSink.path')"
	google 0 transfer jobs delete a
	google 1 transfer jobs update a --destination=gs://into/3/
	grep -q 'FAILED_PRECONDITION: Updating a deleted transfer job is not allowed' err
}

@test "Node: GitLab's calls, one after the other" {
	transfer_has node || return 0
	transfer_set '{"queue_seconds": 10}'
	node "$BATS_TEST_DIRNAME/transfer-client.js" "$transfer_port" key.json >out 2>err 3>&-
	diff - out <<-'OUT'
		get error 5 Requested entity was not found.
		create ENABLED one/
		again error 10 A TransferJob with the name transferJobs/uploads-backup already exists.
		update ENABLED two/
		masked ENABLED three/
		run transferJobs/uploads-backup
		busy error 3 There is already an active operation for transferJobs/uploads-backup
		done 3 3 14 three/
		list transferJobs/uploads-backup
		agent project-123456789@storage-transfer-service.iam.gserviceaccount.com
		delete {}
		deleted DELETED
	OUT
	same '{"projectId":"glb-test-project","transferJob":{"name":"transferJobs/uploads-backup","transferSpec":{"gcsDataSink":{"bucketName":"into","path":"two/"},"gcsDataSource":{"bucketName":"from","path":""}},"status":1}}' \
		"$(transfer_log 'select(.method == "PATCH").json' | head -n 1)"
}
