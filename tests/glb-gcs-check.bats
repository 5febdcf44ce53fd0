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
	transfer_set '{"tokens": ["good"]}'
	transfer_headers=$'Authorization: Bearer good\r\n' transfer_ask POST /v1/transferJobs '{"projectId": "site-1",
		"name": "transferJobs/glb-check-of-permissions", "status": 2,
		"transferSpec": {"gcsDataSource": {"bucketName": "from"}, "gcsDataSink": {"bucketName": "into"}}}'
	transfer_state >before
	checks 4
	same 0 "$(transfer_state '.operations | length')"
	same "$(jq .jobs before)" "$(transfer_state .jobs)"
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

@test "a role that has more will do; a condition, a role of one's own: not judged" {
	transfer_bucket from '{"agent": ["roles/storage.admin"]}'
	transfer_bucket into '{"agent": ["roles/storage.legacyBucketWriter", "roles/storage.legacyObjectReader"]}'
	checks 0
	transfer_bucket into "{\"agent\": [\"projects/x/roles/own\"], \"bindings\": [
		{\"role\": \"roles/storage.admin\", \"members\": [\"serviceAccount:$agent\"],
			\"condition\": {\"expression\": \"false\"}},
		{\"role\": \"roles/storage.admin\", \"members\": [\"serviceAccount:other@example.com\", \"group:$agent\", 7]}]}"
	checks 4
	same 2 "$(commands | wc -l)"
	same 'projects/x/roles/own roles/storage.admin' \
		"$(sed -n 's/^note .*the agent has \(.*\) there.*/\1/p' out | paste -sd ' ')"
}

@test "a bucket that is not there: 1; the sink is made where the source is" {
	transfer_remove into
	checks 1
	diff - <(commands) <<-OUT
		gcloud storage buckets create gs://into --project=site-1 --uniform-bucket-level-access --location=EU
		$bind gs://into --member=serviceAccount:$agent --role=roles/storage.objectAdmin
		$bind gs://into --member=serviceAccount:$agent --role=roles/storage.legacyBucketReader
	OUT
	grep -qx 'wrong        the sink gs://into does not exist' out
	checks 1 nowhere from
	grep -qx 'source       gs://nowhere/: does not exist' out
	same '' "$(commands | grep nowhere)"
}

@test "a bucket that the account may not see: 4, and what would be needed" {
	transfer_bucket into '{"caller": []}'
	checks 4
	grep -qx 'sink         gs://into/: not known' out
	same 2 "$(commands | grep -c "$bind gs://into")"
	transfer_bucket into '{"caller": ["storage.buckets.get"]}'
	checks 4
	grep -q '^not known    which roles the agent has on gs://into: ' out
}

@test "notes: an empty source, ACLs of objects" {
	transfer_bucket from '{"uniform": false}'
	checks 0 from/nothing
	same 'note         gs://from: access is not uniform; ACLs of objects are not copied
note         gs://from/nothing/: no object is there' "$(grep ^note out)"
	transfer_put from nothing/a x
	checks 0 from/nothing
	same 1 "$(grep -c ^note out)"
}

@test "a note where copies lose the key that objects are encrypted with" {
	transfer_bucket from '{"encryption": {"defaultKmsKeyName": "projects/p/k\u001b"}}'
	checks 0
	same "note         gs://from has the encryption key projects/p/k\x1B, and gs://into none: copies are encrypted by Google's own" \
		"$(grep ^note out)"
	transfer_bucket into '{"encryption": {"defaultKmsKeyName": "k2"}}'
	checks 0
	run ! grep ^note out
	transfer_bucket from '{"encryption": [7]}'
	checks 0
	run ! grep ^note out
}

@test "GitLab's role is enough; what the account lacks is given by these lines" {
	local all=storagetransfer.jobs.create,storagetransfer.jobs.get,storagetransfer.jobs.run,storagetransfer.jobs.update,storagetransfer.projects.getServiceAccount,storagetransfer.operations.get p
	transfer_set '{"role": "gitlab"}'
	checks 0
	for p in create get run update; do
		transfer_set "{\"role\": null, \"without\": [\"storagetransfer.jobs.$p\"]}"
		checks 1
		grep -qx "wrong        the account lacks storagetransfer.jobs.$p" out
	done
	diff - <(commands) <<-OUT
		gcloud iam roles create glbTransfer --project=site-1 --permissions=$all
		gcloud projects add-iam-policy-binding site-1 --member=serviceAccount:backup@glb-test-project.iam.gserviceaccount.com --role=projects/site-1/roles/glbTransfer --condition=None
	OUT
	jq '{type: "authorized_user", client_id: "client-id", client_secret: "client-secret",
		refresh_token: "refresh-token"}' <<<null >user.json
	chmod 600 user.json
	checks 1 from into --service-account-file=user.json
	same "gcloud iam roles create glbTransfer --project=site-1 --permissions=$all" "$(commands)"
	grep -qx 'note         the account, whoever it is, needs the role projects/site-1/roles/glbTransfer' out
	transfer_set '{"without": ["storagetransfer.projects.getServiceAccount"]}'
	checks 1
	grep -qx 'agent        not known' out
	same '' "$(commands | grep "$bind")"
}

@test "the service is off in the project: 1, and the line that enables it" {
	transfer_set '{"api_disabled": true}'
	checks 1
	same 'gcloud services enable storagetransfer.googleapis.com --project=site-1' "$(commands)"
	same 'wrong        Storage Transfer is not enabled in project site-1' "$(grep ^wrong out)"
	transfer_set '{"api_disabled": false, "quota_project": "other"}'
	checks 1
	grep -q '^wrong        project site-1: .*(USER_PROJECT_DENIED)$' out
	transfer_set '{"quota_project": null, "projects": ["other"]}'
	checks 1
	grep -q '^wrong        the account lacks storagetransfer.projects.get' out
}

@test "source and sink must be apart, wherever the backup will lie" {
	local pair
	for pair in 'from from' 'from/up from/up' 'from/up from/up/more' 'from/backups from'; do
		# shellcheck disable=SC2086 # two words
		checks 1 $pair
		grep -qx 'wrong        one of source and sink is inside the other' out
		# shellcheck disable=SC2086
		checks 1 $pair --json
		same false "$(jq .apart out)"
	done
	checks 0 from/up from
	checks 0 from from/up
	checks 0 from/up from/uploads
}

@test "the account is not taken: 1; the service does not answer: 4" {
	transfer_key key.json stranger@example.com
	checks 1
	grep -q '^wrong        the account: ' out
	same '' "$(commands | grep .)"
	same /token "$(transfer_log .path)"
	rm key.json
	transfer_key key.json backup@glb-test-project.iam.gserviceaccount.com
	transfer_fault '{"path": "/v1/(google|transfer)", "status": 503, "html": true, "times": "always"}'
	checks 4
	same 3 "$(transfer_log 'select(.path | test("googleServiceAccounts"))' | wc -l)"
	transfer_fault '{"clear": true}'
	transfer_fault '{"path": "/storage/", "drop": "before", "times": 2}'
	checks 0
}

@test "hostile answers: nothing of them gets into a command, nothing crashes" {
	local bad
	while read -r bad; do
		transfer_fault "$bad"
		try 4 glb-gcs check --project=site-1 --source=from --sink=into --json
		jq -e . out >good || { echo "$bad"; false; }
		run ! grep -E 'rm -rf|[[:cntrl:]]' good
		transfer_fault '{"clear": true}'
	done <<-'JSON'
		{"path": "googleService", "merge": {"accountEmail": "x@y; rm -rf /"}}
		{"path": "googleService", "merge": {"accountEmail": ["x@y"]}}
		{"path": "googleService", "body": "{\"accountEmail\": \"a\\u0000b@c\"}"}
		{"path": "googleService", "times": 3, "truncate": 20}
		{"path": "googleService", "times": 3, "body": "[]"}
		{"path": "/iam", "body": {"bindings": [7, null, {"role": "\u001b[31m", "members": {}}, {"members": [null]}]}}
		{"path": "/iam", "body": {"bindings": {"role": 1}}}
		{"path": "/b/into.projection", "times": 3, "cut": 10}
		{"path": "/b/into.projection", "status": 403, "message": "\u001b[2Jno\nreally"}
	JSON
	transfer_fault '{"path": "projection", "body": {"location": "\u001b[31mEU\n", "iamConfiguration": 7}}'
	checks 0
	grep -qxF 'source       gs://from/: \x1B[31mEU, not known' out
}

@test "wrong options: 2, nothing is asked; a full disk: 1; no token is told" {
	try 2 glb-gcs check --source=from --sink=into
	try 2 glb-gcs check --project=site-1 --source=from
	try 2 glb-gcs check --project='site 1' --source=from --sink=into
	try 2 glb-gcs check --project=site-1 --source=From --sink=into
	try 2 glb-gcs check --project=site-1 --source=from --sink=into/../x
	try 2 glb-gcs check --project=site-1 --source=from --sink=into --kind=uploads
	[ ! -s out ]
	[ ! -s transfer.log ]
	try 1 sh -c 'glb-gcs check --project=site-1 --source=from --sink=into >/dev/full'
	checks 0
	run ! grep -E 'ya29|PRIVATE' out
}
