#!/usr/bin/env bats
# gitlab-backup-cli restore: the site is afterwards what the backup says.
# SPDX-License-Identifier: MIT
load helper
load restoring

setup_file() { restoring_setup restore; }
teardown_file() { restoring_teardown; }

@test "restore all: a destroyed site is what it was, and nothing else is left" {
	restoring
	sample_site wreck "$SITE"
	# All at once, but the list is that of the restored database.
	try 0 gitlab-backup-cli restore all good --jobs=16
	is good
	left_nothing
}

@test "restore all over a site that went on: new things are gone, old ones back" {
	restoring
	change
	try 0 gitlab-backup-cli restore all latest --yes -q
	same "" "$(cat out)"
	run ! grep -v -e 'harmless messages, the first: must be owner' \
		-e 'not on the list: removed$' err
	is good
	left_nothing
}

@test "the words of the original are on stdout" {
	restoring
	try 0 gitlab-backup-cli restore db uploads good
	sed -i 's/^\[....-..-.. ..:..:.. UTC\]/[T]/; s/([0-9]*s)/(Ns)/' out
	printf '%s\n' "[T] ℹ️  Restoring GitLab backup good... ($B/good)" \
		"[T] ℹ️  Executing restoration of Databases..." \
		"[T] ℹ️  Executing restoration of Uploads..." \
		"[T] ℹ️  Restoring PostgreSQL database restore_main ... [DONE]" \
		"[T] ℹ️  Restoring PostgreSQL database restore_ci ... [DONE]" \
		"[T] ✅️ Finished restoration of Databases! (Ns)" \
		"[T] ✅️ Finished restoration of Uploads! (Ns)" \
		"[T] ✅️ GitLab restoration of backup good finished (Ns)" | sort >want
	sort out | diff want -
}

@test "single parts: only they change" {
	restoring
	change
	try 0 gitlab-backup-cli restore uploads good -q
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
	state >after
	diff <(grep -v '^uploads ' changed) <(grep -v '^uploads ' after)
	try 0 gitlab-backup-cli restore db good -q
	try 0 gitlab-backup-cli restore lfs repositories good -q
	is good
	left_nothing
}

@test "the plan of --dry-run, run by hand, restores the same" {
	restoring
	change
	try 0 gitlab-backup-cli restore all good --dry-run
	cp out plan.sh
	is changed
	left_nothing
	try 0 sh plan.sh
	is good
	left_nothing
}

@test "the plan of --dry-run undoes itself when a stage fails" {
	restoring
	change
	gitlab-backup-cli restore all good --dry-run --no-verify >plan.sh
	echo x >>"$B/good/uploads.tar.gz"
	try 1 sh plan.sh
	is changed
	left_nothing
}

@test "some repositories: only they change, and what is not asked for stays" {
	local repo='' path=''
	restoring
	change
	read -r repo path < <(glb-repos list | jq -r 'select(.storage_name ==
		"default") | .relative_path + " " + .gl_project_path')
	repo=$T/repositories/default/$repo
	: >"$repo/later"
	try 0 gitlab-backup-cli restore repositories good -q --storages=storage2
	SKIP_REPOSITORIES_PATHS=$path \
		try 0 gitlab-backup-cli restore repositories good -q
	[ -e "$repo/later" ]
	REPOSITORIES_PATHS=$path try 0 gitlab-backup-cli restore repositories good -q
	[ ! -e "$repo/later" ]
	[ -d "${repo%.git}-new.git" ]
	REPOSITORIES_STORAGES=default \
		try 0 gitlab-backup-cli restore repositories good -q
	[ ! -e "${repo%.git}-new.git" ]
	left_nothing
}

@test "--keep-replaced: rollback goes back, as often as one likes" {
	restoring
	change
	try 0 gitlab-backup-cli restore all good -q --keep-replaced
	state --backup-view >now
	diff <(grep -v '^db ' good) <(grep -v '^db ' now)
	same "" "$(sql restore_main "SELECT 1 FROM users WHERE username = 'later'")"
	try 1 gitlab-backup-cli restore all good -q
	grep -q 'what the restore of backup good replaced is still kept' err
	try 0 gitlab-backup-cli backup db -q --backup-id=between
	try 0 gitlab-backup-cli rollback
	is changed
	left_nothing
	try 0 gitlab-backup-cli rollback
	grep -q 'There is no restore to go back from' out
	try 0 gitlab-backup-cli discard
	is changed
}

@test "--keep-replaced, then discard: there is no way back" {
	restoring
	change
	try 0 gitlab-backup-cli restore all good -q --keep-replaced
	try 0 gitlab-backup-cli discard -q
	is good
	left_nothing
	try 0 gitlab-backup-cli rollback -q
	is good
}

@test "--existing=merge: what the backup has not stays" {
	restoring
	change
	try 0 gitlab-backup-cli restore uploads good -q --existing=merge
	[ -e "$GITLAB_PATH/public/uploads/later" ]
	rm "$GITLAB_PATH/public/uploads/later"
	try 0 gitlab-backup-cli restore all good -q --existing=merge
	is good
	left_nothing
}

@test "--existing=delete: as move, without keeping" {
	restoring
	change
	try 0 gitlab-backup-cli restore all good -q --existing=delete
	is good
	left_nothing
}

@test "a backup of the original: restored, and what it has not is named" {
	restoring
	rm -r "$B"
	id=$("$BATS_TEST_DIRNAME/fakes/original-backup" "$GITLAB_PATH" "$B")
	state --backup-view --seconds >good
	change
	try 4 gitlab-backup-cli restore all "$id" -q
	grep -q 'external_diffs: is not in the backup' err
	# The project on legacy storage, which the original does not find.
	same "project-9.git: no backup project-9.wiki.git: no backup" \
		"$(sed -n 's/^glb-repos: default.*\(project-9\)/\1/p' err | sort | xargs)"
	gitlab-backup-cli discard -q
	# Gitaly's archives of hooks leave the modes to a user's umask.
	umask 022
	try 4 gitlab-backup-cli restore repositories "$id" -q
	gitlab-backup-cli discard -q
	# With failures nothing is removed that is not on the list.
	state --backup-view --seconds | grep -v -e '-new\.git ' >now
	diff good now
}

@test "--skip and SKIP: left alone, named, 4" {
	restoring
	change
	try 4 gitlab-backup-cli restore all good -q --skip=uploads,db
	grep -q 'uploads: skipped, as was asked for' err
	[ -e "$GITLAB_PATH/public/uploads/later" ]
	same 1 "$(sql restore_main "SELECT count(*) FROM pg_class WHERE relname = 'later'")"
	SKIP=repositories,lfs try 4 gitlab-backup-cli restore all good -q
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
}

@test "no such id, no id, no task: nothing changes" {
	restoring
	change
	try 1 gitlab-backup-cli restore all goof
	same "gitlab-backup-cli: goof: no such backup in $B" "$(cat err)"
	try 3 gitlab-backup-cli restore all "$B"
	try 2 gitlab-backup-cli restore all
	try 2 gitlab-backup-cli restore good
	try 2 gitlab-backup-cli restore upload good
	same "gitlab-backup-cli: upload: no such task; did you mean uploads?" "$(cat err)"
	try 2 gitlab-backup-cli restore all good --existing=keep
	is changed
	left_nothing
}

@test "BACKUP names the backup, a path does, too" {
	restoring
	echo later >"$GITLAB_PATH/public/uploads/later"
	BACKUP=good try 0 gitlab-backup-cli restore uploads -q
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
	mv "$B/good" elsewhere
	try 0 gitlab-backup-cli restore all "$T/elsewhere" -q
	is good
}

# On a terminal, by script(1): the answer is what is typed.
asked() { # ANSWER ARGUMENT...
	local answer=$1
	shift
	echo "$answer" | script -qec "gitlab-backup-cli restore uploads good $*" \
		/dev/null >terminal
}
@test "on a terminal it asks, and --yes does not" {
	restoring
	echo later >"$GITLAB_PATH/public/uploads/later"
	status=0
	asked no || status=$?
	same 1 "$status"
	grep -q 'Go on (yes/no)?' terminal
	[ -e "$GITLAB_PATH/public/uploads/later" ]
	asked yes
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
	echo later >"$GITLAB_PATH/public/uploads/later"
	asked no --yes
	run ! grep -q 'Go on' terminal
	GITLAB_ASSUME_YES=1 asked no
}
