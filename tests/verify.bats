#!/usr/bin/env bats
# gitlab-backup-cli verify: it finds every damage to a real backup.
# SPDX-License-Identifier: MIT
load helper
load site
load damage

# real_backup TASK...: a backup made on the sample site, copied to $T/ID; as id.
real_backup() {
	own_site
	id=$(gitlab-backup-cli backup -q "$@" | tail -n 1)
	cp -a "$B/$id" "$T/$id"
}

@test "a sound backup: status 0, each file has a line; so with --quick" {
	own_site
	gitlab-backup-cli backup all -q >"$T/log"
	id=$(tail -n 1 "$T/log")
	try 0 gitlab-backup-cli verify "$id"
	same "" "$(cat err)"
	same "$(cd "$B/$id" && find . -path ./repositories -prune -o -type f \
		-print | sed 's,^./,,' | sort)" \
		"$(sed '1d;/^repositories/d;$d' out | cut -d ' ' -f 1 | sort)"
	same "" "$(sed '1d;$d' out | grep -v ' ok$' || true)"
	grep -qx 'repositories  *manifests refs packs  *ok' out
	grep -qxE "$(find "$B/$id" -type f | wc -l) files, .*: all ok" out
	try 0 gitlab-backup-cli verify --quick latest
	grep -qxE "[0-9]+ files, .*: all ok at a quick look" out
}

@test "any flipped, cut, added or removed byte in any file is found: 3" {
	real_backup db uploads
	cd "$T/$id"
	find . -type f >"$T/files"
	same 6 "$(wc -l <"$T/files")"
	while read -r file; do
		each_damage "$file" try 3 glb-meta verify .
	done <"$T/files"
	try 0 gitlab-backup-cli verify "$T/$id"
}

@test "any damage to a file of a repository is found: 3" {
	real_backup repositories
	cd "$T/$id"
	# One repository with all that one can have.
	hooks=$(find repositories -name '*.custom_hooks.tar' | head -n 1)
	[ -n "$hooks" ]
	dir=${hooks%/*}
	rel=${dir#repositories/}
	find "$dir" repositories/backup_ids "repositories/manifests/${rel%/*}" \
		-type f >"$T/files"
	[ "$(wc -l <"$T/files")" -ge 6 ]
	while read -r file; do
		each_damage "$file" try 3 glb-meta verify .
	done <"$T/files"
}

@test "a file or a directory too many is found: 3" {
	real_backup uploads
	cd "$T/$id"
	mkdir db
	for extra in x db/x db/x.sql.gz x.tar.gz; do
		cp uploads.tar.gz "$extra"
		try 3 gitlab-backup-cli verify --quick "$PWD"
		same "glb-meta: $extra: not in SHA256SUMS" "$(cat "$T/err")"
		rm "$extra"
	done
	touch .hidden
	try 0 gitlab-backup-cli verify "$PWD"
}

@test "--json is one object a line and ends with a sum of all" {
	real_backup uploads
	flip "$T/$id/uploads.tar.gz" 50
	try 3 gitlab-backup-cli verify --json "$T/$id"
	jq -es 'length == 5' out
	jq -es '.[0:-1] | map(select(.verdict != "ok")) |
		map(.file) == ["uploads.tar.gz"]' out
	jq -es '.[-1] | .damaged == 1 and .ok == 3 and .files == 4 and
		.status == 3 and .sums and (.quick | not)' out
	same "$(jq -r 'select(.reason) | "glb-meta: \(.file): \(.reason)"' out)" \
		"$(cat err)"
}

@test "--only: just the named parts are looked at" {
	real_backup db uploads
	flip "$T/$id/db/database.sql.gz" 5000
	try 3 gitlab-backup-cli verify --only=uploads,db "$T/$id"
	try 0 gitlab-backup-cli verify --only uploads "$T/$id"
	same "" "$(cat err)"
	grep -qxE '4 files, .*: all ok; looked only at uploads' out
	try 1 gitlab-backup-cli verify --only=repositories,uploads "$T/$id"
	same "glb-meta: repositories: the backup does not have it" "$(cat err)"
	try 2 gitlab-backup-cli verify --only=uploads.tar.gz "$T/$id"
	same "glb-meta: --only: uploads.tar.gz: not db, repositories, or the name \
of an archive without .tar.gz" "$(cat err)"
}

@test "an id that no backup has: 1; no id: 2" {
	own_site
	try 1 gitlab-backup-cli verify nope
	same "gitlab-backup-cli: nope: no such backup in $B" "$(cat err)"
	try 2 gitlab-backup-cli verify
	[ ! -s out ]
}

@test "SIGTERM: no child is left, and no temporary directory" {
	real_backup repositories uploads
	mkdir "$T/tmp"
	fake git <<-END
		#!/bin/bash
		echo >"$T/started"
		exec cat <"$T/never"
	END
	mkfifo "$T/started" "$T/never"
	GLB_TEST_MARK=$T TMPDIR=$T/tmp gitlab-backup-cli verify "$T/$id" \
		>out 2>err 3>&- &
	pid=$!
	read -r _ <"$T/started"
	[ -n "$(ls "$T/tmp")" ]
	kill -TERM "$pid"
	got=0
	wait "$pid" || got=$?
	same 143 "$got"
	none_left
	same "" "$(ls "$T/tmp")"
}
