#!/usr/bin/env bats
# gitlab-backup-cli restore: kinds that come back from a bucket, by glb-gcs.
# SPDX-License-Identifier: MIT
load helper
load buckets

# copied [LINES]: a site with a backup x of two kinds in buckets and one on
# disk, which has gone on since then.
copied() {
	bucket_site
	fake_gcs "${1-}"
	gitlab-backup-cli backup lfs pages uploads -q --backup-bucket=glb-backup \
		--backup-id=x
	rm marks/*
	changed
	R="--project=glb-test-project --source=glb-backup --sink=gl"
	I="--kind=lfs --instance=gitlab.example.com"
}
changed() { echo later >"$GITLAB_PATH/public/uploads/later"; }
as_changed() {
	[ -e "$GITLAB_PATH/public/uploads/later" ]
	run ! ls -d "$GITLAB_PATH"/*/*.glb-restore "$B/.gitlab-backup-cli.restore"
}

# edit JQ: changes the report of backup x, and its sums.
edit() {
	jq "$1" "$B/x/backup_report.json" >edited
	mv edited "$B/x/backup_report.json"
	rm "$B/x/SHA256SUMS"
	glb-meta sum "$B/x" >sums
	mv sums "$B/x/SHA256SUMS"
}

# not_restored KIND WHY: named, 4; 1 if it was asked for by its name.
not_restored() {
	rm -f marks/gcs
	changed
	try 4 gitlab-backup-cli restore all x -q
	grep -qF "$1: $2" err || { cat err && false; }
	run ! grep -qs -e "--kind=$1" marks/gcs
	changed
	try 1 gitlab-backup-cli restore "$1" uploads x -q
	grep -qF "$1: $2" err
	as_changed
}

@test "kinds that were copied come back, last, with what was counted" {
	copied
	try 0 gitlab-backup-cli restore lfs pages uploads x -q
	printf '%s\n' "check $R-lfs --json" "check $R-pages --json" \
		"restore $R-lfs --id=x $I --expect-objects=3 --expect-bytes=33" \
		"restore $R-pages --id=x ${I/lfs/pages} --expect-objects=3 --expect-bytes=33" |
		diff - <(asked)
	grep -q 'lfs: objects in bucket gl-lfs are replaced where they lie: there is no way back for them' err
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
	nothing_published_but x
}
nothing_published_but() { same "$1" "$(cd "$B" && find . -mindepth 1 -maxdepth 1 ! -name '*.lock' -printf %P)"; }

@test "another bucket, other options, a directory renamed: the id stays" {
	copied
	mv "$B/x" "$B/y"
	try 0 gitlab-backup-cli restore lfs "$B/y" -q --backup-bucket=elsewhere \
		--service-account-file=k.json --cancel-on-interrupt
	asked | diff - <(printf '%s\n' \
		"check ${R/glb-backup/elsewhere}-lfs --json --service-account-file=k.json" \
		"restore ${R/glb-backup/elsewhere}-lfs --id=x $I --service-account-file=k.json --cancel-on-interrupt --expect-objects=3 --expect-bytes=33")
}

@test "a backup that had no object: none is expected" {
	copied
	edit '.object_storage[].objects = 0 | .object_storage[].bytes = 0'
	try 0 gitlab-backup-cli restore lfs x -q
	grep -q -e '--expect-objects=0 --expect-bytes=0$' marks/gcs
}

@test "a copy that was not waited for: looked at, then expected by its name" {
	copied 'case $verb in backup) status=QUEUED objects=null bytes=null ;;
		status) exit $(cat marks/status) ;; esac'
	echo 4 >marks/status
	try 1 gitlab-backup-cli restore lfs uploads x -q
	grep -q 'lfs: the copy that the backup has begun goes on: glb-gcs status --wait transferOperations/x-lfs waits for it' err
	echo 1 >marks/status
	try 1 gitlab-backup-cli restore lfs uploads x -q
	grep -q 'lfs: glb-gcs: exit status 1' err
	as_changed
	grep -qx 'status -- transferOperations/x-lfs' marks/gcs
	run ! grep -q ^restore marks/gcs
	echo 0 >marks/status
	try 0 gitlab-backup-cli restore lfs uploads x -q
	grep -q -e '--backup-operation=transferOperations/x-lfs$' marks/gcs
	run ! grep -q -e --expect marks/gcs
}

@test "a copy back that fails: all else is as it was, of the bucket that is said" {
	copied '[ $verb != restore ] || exit 1'
	try 1 gitlab-backup-cli restore lfs uploads x -q
	grep -q 'GitLab Backup failed: lfs.bucket: glb-gcs: exit status 1' err
	grep -q 'bucket gl-lfs: objects in it have been replaced, or begun to be: they cannot be put back' err
	as_changed
}

@test "--keep-replaced: rollback brings back all but the bucket, and says so" {
	copied
	try 0 gitlab-backup-cli restore lfs uploads x --keep-replaced
	grep -q 'What was replaced, but for objects in buckets, is kept' out
	try 4 gitlab-backup-cli rollback -q
	grep -q 'bucket gl-lfs: objects in it' err
	as_changed
}

@test "more than the backup had: 4, and what was replaced is kept" {
	copied '[ $verb != restore ] || exit 4'
	try 4 gitlab-backup-cli restore lfs uploads x
	grep -q 'What was replaced, but for objects in buckets, is kept' out
}

@test "what stands against it is told by glb-gcs; what it cannot see stops nothing" {
	copied '[ "$verb $sink" != "check gl-lfs" ] || { cat marks/answer; exit $(cat marks/code); }'
	echo '{"problems":["no\nrights","none"],"unknown":["?"]}' >marks/answer
	echo 1 >marks/code
	try 1 gitlab-backup-cli check restore lfs x --json
	same "lfs no rights error, lfs none error, lfs ? note" "$(jq -r '[.problems[] |
		select(.why | startswith("objects") | not) | .what + " " + .why + " " + .severity] | join(", ")' out)"
	jq -e '.targets[] | select(.device == "Google") | .where == "gs://gl-lfs" and .needed_bytes == 33' out
	try 1 gitlab-backup-cli restore lfs uploads x -q
	as_changed
	for answer in '{"unknown":["?"]}' '[]' '{"problems":7}' ''; do
		echo "$answer" >marks/answer
		echo 4 >marks/code
		try 0 gitlab-backup-cli restore lfs x -q
		grep -qE 'lfs: (\?|glb-gcs could not find out everything)$' err
	done
}

@test "kinds on disk here, or elsewhere, or of nobody: named, 4; asked for: 1" {
	copied
	connection 'provider: AWS'
	not_restored lfs "kept in bucket gl-lfs, which is not restored: only buckets of Google's"
	connection 'provider: Google'
	not_restored lfs 'kept in bucket gl-lfs, which is not restored: Storage Transfer needs the google_project'
	sed -i 's/lfs: { bucket: gl-lfs }/lfs: { enabled: false }/' "$(yml)"
	not_restored lfs 'its objects are in gs://glb-backup/backups/x/lfs/, and this site keeps them on disk'
	edit '.object_storage |= map(select(.kind != "pages"))'
	not_restored pages 'kept in bucket gl-pages, which is not restored: the backup has no objects of it'
}

@test "the original's backups: with --backup-bucket, and nothing to compare with" {
	copied
	rm "$B/x/"{SHA256SUMS,backup_report.json,lfs.tar.gz}
	not_restored lfs 'kept in bucket gl-lfs, which is not restored: --backup-bucket names the one'
	try 0 gitlab-backup-cli restore lfs x -q --backup-bucket=glb-backup
	same "restore $R-lfs --id=x $I" "$(grep ^restore marks/gcs)"
	rm marks/gcs
	try 4 gitlab-backup-cli restore all x -q --backup-bucket=glb-backup
	same "gl-lfs gl-pages" "$(sed -n 's/^restore.* --sink=\([^ ]*\).*/\1/p' marks/gcs | sort | xargs)"
	grep -q "external_diffs: kept in bucket gl-shared/diffs, which is not restored: GitLab's own tool has copied the whole bucket" err
}

@test "a report that makes no sense leads nowhere else" {
	copied
	for sink in gs://glb-backup/backups/y/lfs/ gs://glb-backup/backups/x/pages/ gs://B/backups/x/lfs/ \
		file:///x gs://glb-backup/backups/x/../x/lfs/ ''; do
		edit "(.object_storage[] | select(.kind == \"lfs\")).sink = \"$sink\""
		try 3 gitlab-backup-cli restore lfs uploads x -q
		grep -q 'lfs: the report says that its objects are in .*, which is no place of backup x' err
	done
	as_changed
	for counts in '"objects": "3", "bytes": 3' '"objects": 3, "bytes": -1'; do
		rm -f marks/gcs
		edit '.object_storage = [3, {}, [], {"kind": 3}, {"kind": "lfs", "verb": "backup",
			"sink": "gs://glb-backup/backups/x/lfs/", "status": "SUCCESS",
			"operation": "transferOperations/a b", '"$counts"'}]'
		try 0 gitlab-backup-cli restore lfs x -q
		grep -qx -e 'status -- transferOperations/a b' marks/gcs
		grep -q -e '--backup-operation=transferOperations/a b$' marks/gcs
	done
	edit '.object_storage = {"kind": "lfs"}'
	not_restored lfs 'kept in bucket gl-lfs, which is not restored: the backup has no objects of it'
}

@test "--dry-run: run by hand it does the same, --skip too" {
	copied
	# shellcheck disable=SC2016 # for jq
	edit '.object_storage |= map(select(.kind != "pages"))'
	set -- restore all x --skip=db,repositories --backup-bucket=glb-backup
	try 4 gitlab-backup-cli "$@" -q
	mv marks/gcs want
	changed
	gitlab-backup-cli "$@" --dry-run >plan.sh
	[ ! -e marks/gcs ]
	try 4 sh plan.sh
	diff want marks/gcs
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
	rm marks/gcs
	try 4 gitlab-backup-cli restore all x -q --skip=lfs,db,repositories --no-verify
	[ ! -e marks/gcs ]
}

@test "copies that are not waited for: named at the end" {
	copied 'status=IN_PROGRESS'
	edit '.object_storage[].status = "SUCCESS"'
	try 0 gitlab-backup-cli restore lfs pages x --no-wait-for-completion
	grep -q 'Restore tasks complete! Not waiting for object storage tasks to complete' out
	grep -q 'To follow: glb-gcs status --wait transferOperations/x-[a-z]* transferOperations/x-[a-z]*$' out
	grep -q -e '--no-wait --expect-objects=3' marks/gcs
}

@test "the question to a terminal names the buckets" {
	copied
	echo no | script -qec "gitlab-backup-cli restore lfs pages x" terminal >/dev/null || true
	grep -q 'Of these buckets, where objects are replaced, there is no way back: gl-pages gl-lfs\.' terminal
	grep -q 'not wanted, nothing was changed' terminal
	run ! grep -q ^restore marks/gcs
}
