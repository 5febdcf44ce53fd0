#!/usr/bin/env bats
# Repositories by Gitaly's own program: backup, check and restore.
# SPDX-License-Identifier: MIT
load helper
load repositories

# gitaly_site: a site whose repositories are Gitaly's; backup x of them, and of
# lfs, and x.refs.
gitaly_site() {
	repositories_site
	gitaly
	gitlab-backup-cli backup repositories lfs -q --backup-id=x
	refs >x.refs
	rm "$FAKE_GITALY_RECORD"
	id=x
}

# failing_lfs: the other part fails after its work.
failing_lfs() {
	fake glb-blobs <<-END
		#!/bin/sh
		$(real glb-blobs) "\$@" || exit
		[ "\$1" != unpack ]
	END
}

@test "check tells engine, program and version, and calls each storage" {
	repositories_site
	gitaly
	try 0 gitlab-backup-cli check --json
	same "gitaly Gitaly Backup, version 18.11.0 1" "$(jq -r '.repository_engine,
		(.programs[] | select(.program == "gitaly-backup") | .version, .needed)' out | xargs |
		sed 's/true/1/')"
	mkdir "$B"
	no_token
	try 0 gitlab-backup-cli check --json --repository-engine=git
	same git "$(jq -r .repository_engine out)"
	kill "$listener"
	rm socket
	listener=
	try 1 gitlab-backup-cli check --json
	same "default: unix:$T/socket: No such file or directory
storage2: unix:$T/socket: No such file or directory" \
		"$(jq -r '.problems[] | .what + ": " + .why' out)"
	sed -i "0,/unix:/s,unix:,http:," "$GITLAB_PATH/config/gitlab.yml"
	try 1 gitlab-backup-cli check --json
	jq -e '.problems[0].why | endswith("not an address of the form unix:, tcp:, tls: or dns:")' out
	FAKE_GITALY_VERSION=16.3.0 try 1 gitlab-backup-cli check --json
	jq -e 'any(.problems[]; .what == "gitaly-backup" and .severity == "error")' out
}

@test "a backup and a restore by Gitaly: the same repositories" {
	gitaly_site
	same "gitaly false" "$(report '.repositories | .engine, .server_side' | xargs)"
	try 0 gitlab-backup-cli verify x
	push 1 later
	on 2 update-ref -d refs/heads/main
	try 0 gitlab-backup-cli restore repositories x
	same "" "$(grep -v 'repositories: Gitaly replaces them in place: there is no way back for them, and so they come last$' err)"
	refs | diff x.refs -
	same 1 "$(called restore)"
	no_token
}

@test "an increment by Gitaly is complete without its base" {
	gitaly_site
	push 1 later
	refs >y.refs
	try 0 gitlab-backup-cli backup repositories --incremental --backup-id=y
	id=y
	same "gitaly true x" "$(report '.repositories | .engine, .incremental, .base' | xargs)"
	no_token
	rm -r "$B/x"
	try 0 gitlab-backup-cli verify y
	push 1 later-still
	try 0 gitlab-backup-cli restore repositories y -q
	refs | diff y.refs -
}

@test "another part fails: Gitaly has not been called, all is put back" {
	gitaly_site
	failing_lfs
	push 1 later
	try 1 gitlab-backup-cli restore repositories lfs x --jobs=1
	grep -q 'The site is as it was before' out
	on 1 rev-parse -q --verify refs/heads/later
	same 0 "$(called restore)"
}

@test "Gitaly fails: the rest is put back, and what is lost is said" {
	gitaly_site
	echo later >"$GITLAB_PATH/shared/lfs-objects/later"
	FAKE_GITALY_FAULTS=refuse:no try 1 gitlab-backup-cli restore repositories lfs x
	grep -q 'repositories: Gitaly has replaced them, or begun to: they cannot be put back as they were$' err
	run ! grep -q 'The site is as it was before' out
	[ -e "$GITLAB_PATH/shared/lfs-objects/later" ]
	no_token
}

@test "a repository that fails: 4, the others are restored" {
	gitaly_site
	push 2 later
	failed=$(repository 1)
	FAKE_GITALY_FAULTS=fail:${failed#"$T/repositories/default/"} \
		try 4 gitlab-backup-cli restore repositories x -q
	grep -q '1 repositories could not be restored: those that Gitaly has begun may be in pieces until they are restored$' err
	run ! on 2 rev-parse -q --verify refs/heads/later
	# Nothing was kept that would be in the way of another try.
	try 0 gitlab-backup-cli restore repositories x -q
	refs | diff x.refs -
}

@test "--keep-replaced keeps the other parts, and says so" {
	gitaly_site
	echo later >"$GITLAB_PATH/shared/lfs-objects/later"
	push 1 later
	try 0 gitlab-backup-cli restore repositories lfs x --keep-replaced
	grep -q 'they come last; --keep-replaced keeps the rest$' err
	grep -q 'What was replaced, but for repositories, is kept' out
	try 4 gitlab-backup-cli rollback -q
	grep -q 'they cannot be put back as they were$' err
	[ -e "$GITLAB_PATH/shared/lfs-objects/later" ]
	run ! on 1 rev-parse -q --verify refs/heads/later
	try 0 gitlab-backup-cli restore repositories x -q --keep-replaced
	try 0 gitlab-backup-cli rollback
	grep -q 'There is no restore to go back from' out
}

@test "killed while Gitaly restores: rollback puts back what there is" {
	gitaly_site
	echo later >"$GITLAB_PATH/shared/lfs-objects/later"
	rm fake/gitaly-backup
	fake gitaly-backup <<-END
		#!/bin/sh
		case "\$*" in *restore*) kill -KILL \$(ps -o ppid= -p \$PPID) ;; esac
		exec $BATS_TEST_DIRNAME/fakes/gitaly-backup "\$@"
	END
	try 137 gitlab-backup-cli restore repositories lfs x -q
	try 1 gitlab-backup-cli backup lfs -q
	try 4 gitlab-backup-cli rollback -q
	grep -q 'repositories: Gitaly has replaced them' err
	[ -e "$GITLAB_PATH/shared/lfs-objects/later" ]
}

@test "the plans of --dry-run do the same, and tell no token" {
	gitaly_site
	push 1 later
	gitlab-backup-cli restore repositories lfs x --dry-run >restore.sh 2>err
	gitlab-backup-cli backup repositories --backup-id=y --dry-run >backup.sh
	same 0 "$(called restore)"
	no_token restore.sh backup.sh
	same y "$(sh backup.sh)"
	try 0 sh restore.sh
	refs | diff x.refs -
	no_token
	push 1 later
	try 0 gitlab-backup-cli restore repositories y -q
	on 1 rev-parse -q --verify refs/heads/later
	gitlab-backup-cli restore repositories x --dry-run --keep-replaced >restore.sh
	try 0 sh restore.sh
	same "" "$(find "$B" -name '.gitlab-backup-cli.restore')"
}

@test "--repository-engine decides; gitaly without its program is 1" {
	gitaly_site
	try 0 gitlab-backup-cli restore repositories x -q --repository-engine=git
	id=y
	try 0 gitlab-backup-cli backup repositories -q --backup-id=y --repository-engine=git
	same git "$(report .repositories.engine)"
	same 0 "$(called)"
	no_gitaly
	try 1 gitlab-backup-cli backup repositories -q --repository-engine=gitaly --backup-id=z
	same "gitlab-backup-cli: gitaly-backup: no such program" "$(cat err)"
	[ ! -e "$B/z" ]
	try 1 gitlab-backup-cli restore repositories x -q --repository-engine=gitaly
	grep -q '1 problem, nothing was changed' err
	try 0 gitlab-backup-cli restore repositories x -q
}
