#!/usr/bin/env bats
# glb-gcs check: what copying a bucket needs, and what of it is there.
# SPDX-License-Identifier: MIT
load helper
load transfer

agent=project-123456789@storage-transfer-service.iam.gserviceaccount.com
bind="gcloud storage buckets add-iam-policy-binding"

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	transfer_start
	transfer_put from up/a.txt hello
	transfer_bucket into '{"location": "US-EAST1", "storageClass": "NEARLINE"}'
}
teardown() { transfer_stop; }

# checks CODE [SOURCE [SINK [OPTION...]]]
checks() {
	try "$1" glb-gcs check --project=site-1 --source="${2-from}" \
		--sink="${3-into}" "${@:4}"
	[ ! -s err ]
}

# commands: the ones printed, as they would be pasted.
commands() { sed -n 's/^  gcloud/gcloud/p' out; }

@test "all is there: who asks, who copies, and both places" {
	checks 0
	diff - out <<-OUT
		account      backup@glb-test-project.iam.gserviceaccount.com
		credentials  GOOGLE_APPLICATION_CREDENTIALS: $T/key.json (service_account)
		project      site-1
		             the account needs storagetransfer.jobs.create: not refused
		             the account needs storagetransfer.jobs.get: not refused
		             the account needs storagetransfer.jobs.run: not refused
		             the account needs storagetransfer.jobs.update: not refused
		             the account needs storagetransfer.projects.getServiceAccount: not refused
		             the account needs storagetransfer.operations.get: cannot be tried
		agent        $agent
		source       gs://from/: EU, STANDARD
		             the agent needs roles/storage.objectViewer: granted
		             the agent needs roles/storage.legacyBucketReader: granted
		sink         gs://into/: US-EAST1, NEARLINE
		             the agent needs roles/storage.objectAdmin: granted
		             the agent needs roles/storage.legacyBucketReader: granted
	OUT
}

@test "--json: one object with all of it" {
	transfer_bucket into '{"agent": []}'
	checks 4 from/up into --json
	same 1 "$(wc -l <out)"
	same '["account","credentials","project","permissions","agent","source","sink","apart","notes","unknown","problems","commands","status"]' \
		"$(jq -c keys_unsorted out)"
	same '{"bucket":"from","path":"up/","exists":true,"location":"EU","storage_class":"STANDARD","agent_roles":[{"role":"roles/storage.objectViewer","seen":true},{"role":"roles/storage.legacyBucketReader","seen":true}]}' \
		"$(jq -c .source out)"
	same '[false,false] true null 4 2' "$(jq -r '"\(.sink.agent_roles | map(.seen)) \(.permissions["storagetransfer.jobs.run"]) \(.permissions["storagetransfer.operations.get"]) \(.status) \(.commands | length)"' out)"
}

@test "nothing is changed, and no job is made" {
	checks 0
	same '0 0' "$(transfer_state '"\(.jobs | length) \(.operations | length)"')"
	diff - <(transfer_log 'select(.method != "GET") | "\(.method) \(.path) \(.body)"' | grep -v /token) <<-'OUT'
		POST /v1/transferJobs {"projectId":"site-1"}
		POST /v1/transferJobs/glb-check-of-permissions:run {"projectId":"site-1"}
		PATCH /v1/transferJobs/glb-check-of-permissions {"projectId":"site-1"}
	OUT
}

@test "roles that are not seen: the lines that give them, which work" {
	transfer_bucket from '{"agent": ["roles/storage.legacyBucketReader"]}'
	transfer_bucket into '{"agent": ["roles/storage.objectViewer", "roles/storage.legacyBucketReader"]}'
	checks 4
	diff - <(commands) <<-OUT
		$bind gs://from --member=serviceAccount:$agent --role=roles/storage.objectViewer
		$bind gs://into --member=serviceAccount:$agent --role=roles/storage.objectAdmin
	OUT
	grep -qx 'not known    roles/storage.objectViewer of the agent is not seen on gs://from; the project may give it' out
	transfer_has gcloud || return 0
	transfer_set '{"tokens": ["good"]}'
	token=token
	printf good >token
	commands >lines
	gcloud() { transfer_gcloud "$@" >/dev/null 2>&1; }
	eval "$(cat lines)"
	checks 0
}
