#!/usr/bin/env bats
# gitlab-backup-cli with glb-gcs and a stand-in of Google: objects go and come.
# SPDX-License-Identifier: MIT
load helper
load buckets
load transfer

# cloud: a bucket_site with objects in its buckets, and one of backups.
cloud() {
	bucket_site
	transfer_start
	transfer_bucket glb-backup
	transfer_put gl-lfs 6b/86/one one
	transfer_put gl-lfs 6b/86/two two
	transfer_put gl-pages site/index.html '<p>'
	transfer_put gl-shared diffs/1 diff
	transfer_put gl-shared packages/all/a/b package
	transfer_put gl-shared packages/other other
	transfer_put gl-shared top top
	kinds=(lfs pages external_diffs packages uploads)
	backup=(gitlab-backup-cli backup "${kinds[@]}" -q
		--backup-bucket=glb-backup --backup-id=x)
}
teardown() { transfer_stop; }

# lose: what the site has in three of its buckets is gone.
lose() {
	transfer_remove gl-lfs
	transfer_bucket gl-lfs
	transfer_remove gl-shared diffs/1
	transfer_remove gl-shared packages/all/a/b
}

# statuses: of all operations, with how many there are of each.
statuses() {
	transfer_state '.operations[].metadata.status' | sort | uniq -c | xargs
}

# objects: all of the site's buckets.
objects() { for b in gl-lfs gl-pages gl-shared; do transfer_objects $b; done; }

@test "a round trip: each kind's objects, under its prefix, and no others" {
	cloud
	objects >before
	try 0 "${backup[@]}"
	same "" "$(cat err)"
	printf '%s\n' '3 backups/x/lfs/6b/86/one' '3 backups/x/lfs/6b/86/two' \
		'3 backups/x/pages/site/index.html' '4 backups/x/external_diffs/1' \
		'7 backups/x/packages/a/b' | sort | diff - <(transfer_objects glb-backup | sort)
	id=x
	same "" "$(report '.jobs[].warnings[]')"
	same "external_diffs 1 4 lfs 2 6 packages 1 7 pages 1 3" "$(report '.object_storage |
		sort_by(.kind)[] | .kind, .objects, .bytes' | xargs)"
	lose
	transfer_put gl-pages site/index.html later
	try 0 gitlab-backup-cli restore "${kinds[@]}" x -q
	objects | diff before -
	run ! grep -rq ya29 out err "$B"
}

@test "check: what of it there is not, and the gcloud lines that mend it" {
	cloud
	set -- --backup-bucket=glb-backup
	try 0 gitlab-backup-cli check "$@" --json
	same 4 "$(jq -r '.problems[] | select(.why | endswith("which a backup copies to glb-backup")) | .what' out | wc -l)"
	# One line for the bucket that all go to, said once.
	transfer_bucket glb-backup '{"agent": []}'
	try 4 gitlab-backup-cli check "$@" --json
	same 1 "$(jq -r '.problems[] | select(.severity == "note").why' out |
		grep -c 'if that is not so yet: gcloud storage buckets add-iam-policy-binding gs://glb-backup .*objectAdmin')"
	transfer_remove glb-backup
	try 1 gitlab-backup-cli check "$@"
	grep -q 'the sink gs://glb-backup does not exist' out
	same 1 "$(grep -c 'this mends it: gcloud storage buckets create gs://glb-backup' out)"
}

@test "a restore looks first: a bucket that is not there, and nothing changes" {
	cloud
	"${backup[@]}"
	transfer_remove gl-lfs
	echo later >"$GITLAB_PATH/public/uploads/later"
	try 1 gitlab-backup-cli restore lfs uploads x -q
	grep -q 'lfs: the sink gs://gl-lfs does not exist' err
	[ -e "$GITLAB_PATH/public/uploads/later" ]
	try 1 gitlab-backup-cli check restore lfs x
	# What the account cannot see stops nothing.
	transfer_bucket gl-lfs
	transfer_set '{"role": "gitlab"}'
	transfer_bucket gl-lfs '{"caller": []}'
	try 0 gitlab-backup-cli restore lfs x -q
	grep -q 'lfs: whether the sink gs://gl-lfs exists' err
}

@test "another site gets them into its own buckets, from a copy of the backup's" {
	cloud
	objects >before
	"${backup[@]}"
	transfer_bucket copy
	for name in lfs/6b/86/one lfs/6b/86/two; do transfer_put copy backups/x/$name own; done
	sed -i 's,bucket: gl-lfs,bucket: staging/here,; s/host: gitlab.example/host: staging.example/' "$(yml)"
	transfer_bucket staging
	try 0 gitlab-backup-cli restore lfs x -q --backup-bucket=copy
	printf '3 here/6b/86/%s\n' one two | diff - <(transfer_objects staging)
	objects | diff before -
}

@test "one object that cannot be copied: the backup has failed, none is published" {
	cloud
	transfer_set '{"fail_objects": [{"name": "b/86/two", "code": "NOT_FOUND"}]}'
	try 1 "${backup[@]}"
	grep -q 'GitLab Backup failed: lfs.bucket: glb-gcs: exit status 1' err
	grep -q 'What was copied to gs://glb-backup/backups/x/ stays there' err
	same "" "$(cat out)"
	nothing_published
}

@test "objects that are gone from the backup's bucket: the restore has failed" {
	cloud
	"${backup[@]}"
	lose
	transfer_remove glb-backup backups/x/lfs/6b/86/one
	echo later >"$GITLAB_PATH/public/uploads/later"
	try 1 gitlab-backup-cli restore lfs uploads x -q
	grep -q 'bucket gl-lfs: objects in it have been replaced, or begun to be' err
	[ -e "$GITLAB_PATH/public/uploads/later" ]
	# What is there more than there was is told.
	transfer_put glb-backup backups/x/lfs/6b/86/one one
	transfer_put glb-backup backups/x/lfs/more more
	try 4 gitlab-backup-cli restore lfs x -q
}

@test "not waited for: no restore while it runs, and one after that" {
	cloud
	transfer_set '{"run_seconds": 1000000}'
	try 0 "${backup[@]}" --no-wait-for-completion
	same x "$(cat out)"
	try 1 gitlab-backup-cli restore lfs uploads x -q
	grep -q 'lfs: the copy that the backup has begun goes on: glb-gcs status --wait transferOperations/' err
	transfer_set '{"advance": 1000000}'
	# shellcheck disable=SC2046 # one word each
	try 0 glb-gcs status --wait $(id=x report '.object_storage[].operation')
	objects >before
	lose
	transfer_set '{"run_seconds": 10}'
	try 0 gitlab-backup-cli restore "${kinds[@]}" x -q
	objects | diff before -
	transfer_remove glb-backup backups/x/lfs/6b/86/one
	try 1 gitlab-backup-cli restore lfs x -q
}

# interrupted N ARGUMENT...: a backup gets SIGINT when N copies have been seen
# to run.
interrupted() {
	local code=0
	transfer_set '{"run_seconds": 1000000, "queue_seconds": 0}'
	GLB_TEST_MARK=$T env --default-signal=INT "${backup[@]}" "${@:2}" \
		>out 2>err 3>&- &
	until [ "$(grep -o '"GET", *"path": *"/v1/transferOperations/[^"]*' \
		transfer.log | sort -u | wc -l)" = "$1" ]; do kill -0 $!; done
	kill -INT $!
	wait $! || code=$?
	same 130 "$code"
	nothing_published
	none_left
}

@test "an interrupt: what goes on is told; --cancel-on-interrupt ends it" {
	cloud
	interrupted 4 --cancel-on-interrupt
	same "4 ABORTED" "$(statuses)"
	interrupted 8
	same 4 "$(grep -c 'glb-gcs status transferOperations/' err)"
	same "4 ABORTED 4 IN_PROGRESS" "$(statuses)"
}

@test "a local failure while they are copied: the same is told" {
	cloud
	transfer_set '{"run_seconds": 1000000, "queue_seconds": 0}'
	fake glb-blobs <<-END
		#!/bin/sh
		until grep -qs '"GET", *"path": *"/v1/transferOperations/' '$T/transfer.log'; do :; done
		exit 1
	END
	try 1 gitlab-backup-cli backup lfs -q --backup-bucket=glb-backup
	grep -q 'GitLab Backup failed: lfs: glb-blobs: exit status 1' err
	grep -q 'glb-gcs status transferOperations/' err
	grep -q 'What was copied to gs://glb-backup/backups/.*/ stays there' err
	nothing_published
}

@test "two backups into one bucket, one after the other, keep apart" {
	cloud
	"${backup[@]}"
	transfer_put gl-lfs 6b/86/three three
	try 0 "${backup[@]/id=x/id=y}"
	same "2 3" "$(for id in x y; do report '.object_storage[] | select(.kind == "lfs").objects'; done | xargs)"
	same 4 "$(transfer_state '.jobs | length')"
	lose
	try 0 gitlab-backup-cli restore lfs x -q
	printf '3 6b/86/%s\n' one two | diff - <(transfer_objects gl-lfs)
}
