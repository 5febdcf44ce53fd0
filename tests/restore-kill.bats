#!/usr/bin/env bats
# A restore that is killed at any stage, or interrupted: rollback brings the
# old state back, and running it again the new one.
# SPDX-License-Identifier: MIT
load helper
load restoring

setup_file() { restoring_setup kill; }
teardown_file() { restoring_teardown; }

# Where a restore changes things: what hangs there, before or after its work.
stages() {
	cat <<-'END'
		before glb-meta verify
		before glb-meta get
		before glb-gzip
		before glb-dbdump load
		before psql --no-psqlrc
		after psql --no-psqlrc
		after glb-dbdump load
		before glb-repos list
		before glb-repos restore
		before git --git-dir=*glb-restore*
		after glb-repos restore
		before glb-blobs unpack
		after glb-blobs unpack
	END
}

@test "KILL at every stage, then rollback: the old state, and nothing is left" {
	restoring
	change
	while read -r -a stage <&4; do
		echo "${stage[*]}"
		hang "${stage[@]}"
		begun restore all good -q
		ended KILL 137
		try 0 gitlab-backup-cli rollback -q
		is changed
		left_nothing
	done 4< <(stages)
}

# It begins with what the test above does at every stage.
@test "KILL while each of the parts is half-done, then restore again: the new state" {
	restoring
	change
	while read -r -a stage <&4; do
		echo "${stage[*]}"
		hang "${stage[@]}"
		begun restore db repositories uploads lfs good -q
		ended KILL 137
		try 0 gitlab-backup-cli restore all good -q
		is good
		left_nothing
	done 4< <(stages | grep -e psql -e 'before git' -e 'after glb-')
}

@test "a session that is left of a killed restore is not in the way" {
	restoring
	change
	hang before glb-repos restore
	begun restore all good -q
	ended KILL 137
	connected 'glb-dbdump load'
	try 0 gitlab-backup-cli restore all good -q
	grep -q 'others are connected: glb-dbdump load (process ' err
	is good
	left_nothing
	exec 4>&-
	wait $! || : # the rollback has ended it
}

@test "a load's session is in the way if no restore was killed" {
	restoring
	connected 'glb-dbdump load'
	try 1 gitlab-backup-cli restore all good -q
	grep -q 'GitLab is connected: glb-dbdump load (process ' err
	exec 4>&-
	wait $!
}

@test "KILL while the old state is removed: it goes on being removed" {
	restoring
	for program in glb-dbdump glb-repos glb-blobs; do
		for when in before after; do
			change
			hang $when $program discard
			begun restore all good -q
			ended KILL 137
			try 1 gitlab-backup-cli rollback -q
			grep -q 'there is no way back' err
			is good
			left_nothing
		done
	done
}

@test "KILL in a rollback, then rollback again, or restore" {
	restoring
	for program in glb-dbdump glb-repos glb-blobs; do
		for when in before after; do
			change
			try 0 gitlab-backup-cli restore all good -q --keep-replaced
			hang $when $program rollback
			begun rollback -q
			ended KILL 137
			try 0 gitlab-backup-cli rollback -q
			is changed
			left_nothing
			try 0 gitlab-backup-cli restore all good -q
			is good
		done
	done
}

@test "TERM, INT and HUP: everything is put back, and it dies of them" {
	restoring
	change
	while read -r signal code stage <&4; do
		echo "$signal $stage"
		# shellcheck disable=SC2086 # words
		hang $stage
		begun restore all good -q
		ended "$signal" "$code"
		is changed
		left_nothing
	done 4<<-END
		TERM 143 before psql --no-psqlrc
		TERM 143 after glb-dbdump load
		INT 130 before glb-blobs unpack
		INT 130 after glb-blobs unpack
		HUP 129 before git --git-dir=*glb-restore*
		TERM 143 after glb-repos restore
		TERM 143 before glb-meta verify
	END
}

@test "a backup is not made of a site in between" {
	restoring
	change
	hang before psql --no-psqlrc
	begun restore all good -q
	try 5 gitlab-backup-cli backup uploads -q
	ended KILL 137
	try 1 gitlab-backup-cli backup uploads -q
	same "gitlab-backup-cli: $R: a restore of backup good did not end: run gitlab-backup-cli rollback, or restore again" \
		"$(grep -v Failed err | head -n 1)"
	try 1 gitlab-backup-cli backup uploads -q --backup-path="$T/elsewhere"
	try 1 gitlab-backup-cli discard -q
	try 0 gitlab-backup-cli rollback -q
	try 0 gitlab-backup-cli backup uploads -q
}
