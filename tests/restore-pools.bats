#!/usr/bin/env bats
# Object pools after a restore of repositories: reset, but never before it is
# certain that the restore stays.
# SPDX-License-Identifier: MIT
load helper
load repositories

# with_rake: a site with a backup x of its repositories, and the stand-in.
with_rake() {
	repositories_site
	gitlab-backup-cli backup repositories lfs -q --backup-id=x
	fake gitlab-rake <"$BATS_TEST_DIRNAME/fakes/gitlab-rake"
	export FAKE_RAKE_RECORD=$T/marks/record FAKE_RAKE_SAYS=
}

# that_fails: a pool that does.
that_fails() {
	FAKE_RAKE_SAYS=$T/says
	cat >says <<-'END'
		{"disk_path":"@pools/1","status":"failed","error_message":"no source"}
		{"disk_path":"@pools/2","status":"scheduled","error_message":null}
	END
}

@test "after a restore of repositories: the task is run and counted" {
	with_rake
	try 0 gitlab-backup-cli restore repositories x
	grep -q 'Reinitializing object pools\.\.\.$' out
	grep -q 'Object pools: 2 scheduled, 1 skipped, 0 failed$' out
	same 1 "$(wc -l <"$FAKE_RAKE_RECORD")"
	same "" "$(find "$B" -name '.gitlab-backup-cli.restore')"
}

@test "pools that fail: 4, by name, and the restore stays" {
	with_rake
	that_fails
	push 1 later
	try 4 gitlab-backup-cli restore repositories x
	grep -q 'Object pool @pools/1 could not be reset: no source$' err
	grep -q 'Object pools: 1 scheduled, 0 skipped, 1 failed$' out
	run ! on 1 rev-parse -q --verify refs/heads/later
	try 0 gitlab-backup-cli rollback
	grep -q 'There is no restore to go back from' out
}

@test "the task fails: 4, and how to run it again" {
	with_rake
	FAKE_RAKE_STATUS=1 try 4 gitlab-backup-cli restore repositories x -q
	grep -q 'Not all object pools are reset (glb-repos: exit status 1): run gitlab-rake gitlab:backup:repo:reset_pool_repositories$' err
	grep -q 'exit status 1$' err
}

@test "no gitlab-rake: one line tells it, status 0" {
	repositories_site
	gitlab-backup-cli backup repositories -q --backup-id=x
	try 0 gitlab-backup-cli restore repositories x
	same 1 "$(grep -c 'Object pools are left to GitLab: there is no gitlab-rake' out)"
	same "" "$(cat err)"
}

@test "no repositories restored, or all put back: the task is not run" {
	with_rake
	try 0 gitlab-backup-cli restore lfs x -q
	fake glb-blobs <<-END
		#!/bin/sh
		[ "\$1" != unpack ] || exit 1
		exec $(real glb-blobs) "\$@"
	END
	try 1 gitlab-backup-cli restore repositories lfs x -q
	[ ! -e "$FAKE_RAKE_RECORD" ]
}

@test "with --keep-replaced the restore can be undone after it" {
	with_rake
	push 1 later
	try 0 gitlab-backup-cli restore repositories x -q --keep-replaced
	[ -e "$FAKE_RAKE_RECORD" ]
	try 0 gitlab-backup-cli rollback -q
	on 1 rev-parse -q --verify refs/heads/later
}

@test "the plan of --dry-run does the same, and a failure is 4" {
	with_rake
	that_fails
	gitlab-backup-cli restore repositories x --dry-run >plan.sh
	[ ! -e "$FAKE_RAKE_RECORD" ]
	try 4 sh plan.sh
	grep -q '"status":"failed","error":"no source"' err
	same "" "$(find "$B" -name '.gitlab-backup-cli.restore')"
	FAKE_RAKE_SAYS='' try 0 sh plan.sh
}
