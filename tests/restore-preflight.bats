#!/usr/bin/env bats
# Before a restore: all that stands against it, and nothing has changed.
# SPDX-License-Identifier: MIT
load helper
load restoring

setup_file() { restoring_setup before; }
teardown_file() { restoring_teardown; }

# refused TEXT ARGUMENT...: check and restore both say so, the site is as it was.
refused() {
	local text=$1
	shift
	try 1 gitlab-backup-cli check restore "$@" --json
	jq -r '.problems[] | .what + ": " + .why' out | grep -qF -- "$text"
	try 1 gitlab-backup-cli restore "$@" -q
	grep -qF -- "$text" err
	is changed
	left_nothing
}

@test "check restore: targets, devices, room; nothing changes" {
	restoring
	change
	try 0 gitlab-backup-cli check restore good --json
	same good "$(jq -r .backup_id out)"
	same '[]' "$(jq -c .problems out)"
	jq -e '.targets[] | select(.target == "uploads") | .needed_bytes > 0 and
		.free_bytes > .needed_bytes and (.device | startswith("/"))' out
	jq -e '.targets[] | select(.target == "main").where == "before_main"' out
	jq -e '[.targets[].target] | contains(["storage default", "storage storage2"])' out
	try 0 gitlab-backup-cli check restore uploads good
	grep -q '^  uploads ' out
	run ! grep -q '^  storage default' out
	is changed
	left_nothing
}

@test "another version, another edition: refused, and allowed when told" {
	restoring
	change
	echo 18.2.1-ee >"$GITLAB_PATH/VERSION"
	refused 'the backup is of GitLab 18.2.1, this is 18.2.1-ee: version and edition must be the same (--allow-version-mismatch)' all good
	echo 17.0.0 >"$GITLAB_PATH/VERSION"
	refused 'the backup is of GitLab 18.2.1, this is 17.0.0' all good
	echo 18.2.2 >"$GITLAB_PATH/VERSION"
	try 0 gitlab-backup-cli restore all good -q --allow-version-mismatch
	is good
}

@test "a damaged backup: refused, 3; what is not asked for does not matter" {
	restoring
	change
	printf x >>"$B/good/uploads.tar.gz"
	try 3 gitlab-backup-cli check restore good
	try 3 gitlab-backup-cli restore all good -q
	grep -q 'backup: glb-meta: .*uploads.tar.gz: ' err
	is changed
	left_nothing
	try 0 gitlab-backup-cli restore lfs good -q
	[ -d "$GITLAB_PATH/shared/lfs-objects" ]
}

@test "everything that is wrong is told at once" {
	restoring
	change
	echo 17.0.0 >"$GITLAB_PATH/VERSION"
	printf x >>"$B/good/uploads.tar.gz"
	mv "$T/repositories/storage2" "$T/gone"
	: >"$GITLAB_PATH/shared/lfs-objects"
	try 1 gitlab-backup-cli restore all good -q
	for text in 'version: ' 'backup: ' 'storage storage2: ' 'lfs: .*not a directory'; do
		grep -q "$text" err
	done
	grep -q 'GitLab Backup failed: [4-9] problems, nothing was changed' err
	rm "$GITLAB_PATH/shared/lfs-objects"
	mv "$T/gone" "$T/repositories/storage2"
	is changed
}

@test "GitLab is connected: refused by name, --force goes on" {
	restoring
	change
	connected 'puma: cluster worker 0: 7 [gitlab]'
	refused 'GitLab is connected: puma: cluster worker 0: 7 [gitlab] (process ' all good
	try 0 gitlab-backup-cli restore db good -q --force
	exec 4>&-
	wait $!
}

@test "one database in the backup, two on the site, and the reverse: refused" {
	restoring
	change
	sed -i '/^  ci:/,/^  [a-z]*:/s/^    database: .*/&\n    database_tasks: false/' \
		"$GITLAB_PATH/config/database.yml"
	cp -a "$B/good" "$B/one"
	refused 'ci: the backup has this database, the site has none of its own' db good
	sed -i '/database_tasks: false/d' "$GITLAB_PATH/config/database.yml"
	rm "$B/one/db/ci_database.sql.gz"
	sed -i '/ci_database/d' "$B/one/SHA256SUMS"
	refused 'ci: the site has this database of its own, the backup does not' \
		db one --no-verify
}

@test "an object of somebody else in the database: refused, --force goes on" {
	restoring
	change
	sql before_main "ALTER TABLE users OWNER TO $SAMPLE_PGSUPERUSER"
	try 1 gitlab-backup-cli restore db good -q
	grep -q 'main: table public.users belongs to postgres, and 1 more belong to others: the dump replaces that, and nothing brings it back (--force)' err
	sql before_main "ALTER TABLE users OWNER TO $SAMPLE_PGUSER"
	is changed
	left_nothing
	sql before_main "CREATE FUNCTION pg_shadow_lookup(t text) RETURNS int
		LANGUAGE sql AS 'SELECT 1'"
	try 1 gitlab-backup-cli restore db good -q
	try 0 gitlab-backup-cli restore all good -q --force
	grep -q 'main: function public.pg_shadow_lookup(pg_catalog.text) belongs to postgres' err
	same 1 "$(sql before_main "SELECT pg_shadow_lookup('x')")"
	sql before_main 'DROP FUNCTION pg_shadow_lookup(text)'
	is good
}

@test "a database that cannot be reached: refused, the others are looked at" {
	restoring
	sed -i 's/before_ci/before_none/' "$GITLAB_PATH/config/database.yml"
	try 1 gitlab-backup-cli check restore db good --json
	jq -e '.problems[] | select(.what == "ci").why | test("before_none")' out
	jq -e '.targets[] | select(.target == "main")' out
}

@test "too little room: refused" {
	restoring
	change
	truncate -s 1E "$B/good/uploads.tar.gz" 2>/dev/null ||
		truncate -s 7T "$B/good/uploads.tar.gz"
	try 1 timeout 60 gitlab-backup-cli restore uploads good -q --no-verify
	grep -qE ': [0-9.]+ [TPE]iB come and [0-9.]+ [KMGTP]iB are free' err
	is changed
}

@test "what the backup has not: named, 4; asked for by name: refused" {
	restoring
	change
	rm "$B/good/lfs.tar.gz"
	sed -i '/lfs.tar.gz/d' "$B/good/SHA256SUMS"
	refused 'lfs: is not in the backup' lfs uploads good --no-verify
	try 4 gitlab-backup-cli restore all good -q --no-verify
	grep -q 'lfs: is not in the backup' err
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
}

@test "a storage that the site has not: refused" {
	restoring
	change
	cp -a "$B/good/repositories/manifests/storage2" "$B/good/repositories/manifests/other"
	try 1 gitlab-backup-cli restore repositories good -q --no-verify
	grep -q 'storage other: the backup has it, the site does not' err
	is changed
}

@test "what lies in a directory that is replaced: refused, but for merge" {
	restoring
	change
	cp -a "$B/good" "$GITLAB_PATH/public/uploads/later.d"
	state >changed
	for existing in move delete; do
		refused "uploads: $GITLAB_PATH/public/uploads/later.d, the backup, lies in $GITLAB_PATH/public/uploads, whose" \
			--existing=$existing all "$GITLAB_PATH/public/uploads/later.d"
	done
	try 0 gitlab-backup-cli check restore lfs "$GITLAB_PATH/public/uploads/later.d"
	try 0 gitlab-backup-cli check restore --existing=merge all "$GITLAB_PATH/public/uploads/later.d"
	mv "$GITLAB_PATH/public/uploads/later.d" "$GITLAB_PATH/shared/artifacts/tmp/left"
	try 0 gitlab-backup-cli check restore all "$GITLAB_PATH/shared/artifacts/tmp/left"
	rm -r "$GITLAB_PATH/shared/artifacts/tmp/left"
	sed -i 's,path: shared/pages$,path: shared/artifacts/pages,' "$GITLAB_PATH/config/gitlab.yml"
	state >changed
	refused "artifacts: $GITLAB_PATH/shared/artifacts/pages, pages, lies in $GITLAB_PATH/shared/artifacts, whose" all good
	ln -s artifacts "$GITLAB_PATH/shared/link"
	sed -i 's,path: shared/artifacts/pages$,path: shared/link,' "$GITLAB_PATH/config/gitlab.yml"
	state >changed
	refused "artifacts: $GITLAB_PATH/shared/link, pages, lies in $GITLAB_PATH/shared/artifacts, whose" all good
}

@test "a directory behind a link that leads nowhere: refused" {
	restoring
	change
	ln -s nowhere "$GITLAB_PATH/shared/lfs-objects"
	state >changed
	refused "lfs: $GITLAB_PATH/shared/lfs-objects: a link that leads nowhere" all good
	rm "$GITLAB_PATH/shared/lfs-objects"
}
