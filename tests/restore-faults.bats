#!/usr/bin/env bats
# A restore in which something fails: the site stays as it was.
# SPDX-License-Identifier: MIT
load helper
load restoring

setup_file() { restoring_setup faults; }
teardown_file() { restoring_teardown; }

# failing PROGRAM VERB HOW: the program does its work with that verb and then
# ends so.
failing() {
	fake "$1" <<-END
		#!/bin/sh
		case "\${1-}" in $2) ;; *) exec $(real "$1") "\$@" ;; esac
		$(real "$1") "\$@"
		$3
	END
}

@test "a stage fails after its work, whichever: all is put back" {
	restoring
	change
	while read -r program verb code how <&4; do
		echo "$program $verb $how"
		failing "$program" "$verb" "$how"
		try "$code" gitlab-backup-cli restore all good -q
		rm -r "$T/fake"
		hash -r
		grep -q 'GitLab Backup failed: ' err
		is changed
		left_nothing
	done 4<<-'END'
		glb-meta get 1 exit 1
		glb-meta get 3 exit 3
		glb-gzip --decompress 1 kill -SEGV $$
		glb-dbdump load 1 exit 1
		glb-repos list 1 exit 1
		glb-repos restore 1 exit 1
		glb-repos restore 1 kill -KILL $$
		glb-blobs unpack 1 exit 1
	END
}

@test "a program that is missing: found before anything changes" {
	restoring
	mkdir bin
	for p in "$(dirname "$(command -v glb-blobs)")"/g*-*; do ln -s "$p" bin/; done
	rm bin/glb-blobs
	cp -L bin/gitlab-backup-cli bin/driver && mv bin/driver bin/gitlab-backup-cli
	PATH=$T/bin:/usr/bin:/bin try 1 gitlab-backup-cli restore uploads good -q
	grep -q 'glb-blobs: no such program on PATH' err
}

@test "a damaged archive with --no-verify: noticed on the way, put back" {
	restoring
	change
	for file in uploads.tar.gz db/ci_database.sql.gz; do
		cp "$B/good/$file" whole
		# One byte that gzip itself would not notice: the header's XFL.
		printf '\x63' | dd of="$B/good/$file" bs=1 seek=8 conv=notrunc status=none
		try 3 gitlab-backup-cli restore all good -q --no-verify
		grep -q "glb-meta: .*$file: SHA-256 is" err
		cp whole "$B/good/$file"
		is changed
		left_nothing
	done
}

@test "repositories that fail: the others are restored, the old state is kept" {
	restoring
	change
	bundle=$(find "$B/good/repositories/default" -name 001.bundle | head -n 1)
	cp "$bundle" whole
	echo x >"$bundle"
	try 4 gitlab-backup-cli restore all good -q --no-verify
	grep -q '1 repositories could not be restored and are as they were before' err
	cp whole "$bundle"
	try 0 gitlab-backup-cli rollback -q
	is changed
	left_nothing
}

@test "a restore that cannot be undone at once says so, and rollback does it" {
	restoring
	change
	failing glb-blobs unpack 'exit 1'
	cp fake/glb-blobs unpack
	fake glb-repos <<-END
		#!/bin/sh
		[ "\$1" != rollback ] || exit 1
		exec $(real glb-repos) "\$@"
	END
	try 1 gitlab-backup-cli restore all good -q
	grep -q 'Not everything is put back' err
	rm -r fake
	hash -r
	try 0 gitlab-backup-cli rollback -q
	is changed
	left_nothing
}

@test "what cannot be removed afterwards: 4, and discard does it later" {
	restoring
	change
	fake glb-blobs <<-END
		#!/bin/sh
		[ "\$1" != discard ] || exit 1
		exec $(real glb-blobs) "\$@"
	END
	try 4 gitlab-backup-cli restore all good -q
	is_good_and_kept=$(find "$GITLAB_PATH" -name '*.glb-restore' | wc -l)
	[ "$is_good_and_kept" -gt 0 ]
	rm -r fake
	hash -r
	try 0 gitlab-backup-cli discard -q
	is good
	left_nothing
}

@test "stdout closed or full: the restore is done" {
	restoring
	change
	try 1 bash -c 'gitlab-backup-cli restore uploads good >/dev/full'
	[ ! -e "$GITLAB_PATH/public/uploads/later" ]
	left_nothing
}

@test "--existing=delete that fails on the way can be begun again" {
	restoring
	change
	# The last one begins to remove, and fails.
	printf x >"$GITLAB_PATH/shared/terraform_state/x"
	fake glb-blobs <<-END
		#!/bin/sh
		case "\$*" in unpack*terraform_state)
			mkdir -p "$GITLAB_PATH/shared/terraform_state.glb-restore/gone/0"
			exit 1
			;;
		esac
		exec $(real glb-blobs) "\$@"
	END
	try 1 gitlab-backup-cli restore all good -q --existing=delete
	rm -r fake
	hash -r
	left_nothing
	try 0 gitlab-backup-cli restore all good -q --existing=delete
	is good
	left_nothing
}

@test "a journal that is none: refused, and kept" {
	restoring
	mkdir "$R"
	whole='{"phase":"kept","backup":"/b","backup_id":"good","started_at":"2026-01-01T00:00:00Z","repositories":0,"databases":[],"directories":[],"lost":[]}'
	while read -r filter <&4; do
		jq -c "$filter" <<<"$whole" >"$R/journal.json"
		for verb in rollback discard 'restore uploads good' 'backup uploads'; do
			# shellcheck disable=SC2086 # words
			try 1 gitlab-backup-cli $verb -q
			grep -q "journal.json: is not a journal of a restore" err
		done
		[ -e "$R/journal.json" ]
	done 4<<-'END'
		{phase}
		.phase = "what"
		.databases = "main"
		.directories = [1]
		.backup_id = "x\u001b\n"
		empty
	END
	for filter in '.databases = ["--help"]' '.directories = ["/etc"]'; do
		jq -c "$filter" <<<"$whole" >"$R/journal.json"
		try 1 gitlab-backup-cli rollback -q
		grep -qE '(--help|/etc): was restored, but' err
		[ -e "$R/journal.json" ]
	done
	rm "$R/journal.json"
	mkfifo "$R/journal.json"
	try 1 timeout 20 gitlab-backup-cli rollback -q
	grep -q 'journal.json: Invalid argument' err
	rm -r "$R"
	ln -s "$T" "$R"
	jq -c . <<<"$whole" >"$T/journal.json"
	try 1 gitlab-backup-cli rollback -q
	[ -e "$T/journal.json" ]
}

@test "a journal that cannot be written at the end: 1, said, and it leads back" {
	restoring
	change
	for keep in '' --keep-replaced; do
		failing glb-blobs unpack "mv '$R' '$R.gone' && : >'$R'"
		# shellcheck disable=SC2086 # no word or one
		try 1 gitlab-backup-cli restore uploads good -q $keep
		grep -q 'All is restored, but the journal does not say so' err
		rm "$R"
		mv "$R.gone" "$R"
		rm -r fake
		hash -r
		try 0 gitlab-backup-cli rollback -q
		is changed
		left_nothing
	done
}
