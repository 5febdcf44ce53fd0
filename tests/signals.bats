#!/usr/bin/env bats
# A backup that is interrupted or meets another: it dies of the signal, and
# nothing published, no process and no lock is left.
# SPDX-License-Identifier: MIT
load helper
load site

# interrupted PROGRAM SIGNAL: kills the driver when that program has begun
# and will never end by itself; leaves the driver's status in $status.
interrupted() {
	fake "$1" <<-END
		#!/bin/sh
		case "\$1" in list) exec $(real "$1") "\$@" ;; esac
		: >>'$T/marks/began'
		exec tail -f /dev/null
	END
	rm -f "$T/marks/began"
	# A shell's background jobs ignore INT, and nohup's HUP.
	GLB_TEST_MARK=$T env --default-signal=INT,HUP gitlab-backup-cli backup all \
		-q --backup-id=x >out 2>err 3>&- &
	driver=$!
	awaited $driver [ -e "$T/marks/began" ]
	kill "-$2" $driver
	status=0
	wait $driver || status=$?
	rm -r "$T/fake"
	hash -r
}

@test "TERM at any stage: dies of it, nothing is left" {
	own_site
	for p in glb-dbdump glb-repos glb-blobs glb-gzip glb-meta pg_dump git tar; do
		interrupted $p TERM
		same "$p 143" "$p $status"
		nothing_published
		none_left
	done
	try 0 gitlab-backup-cli backup lfs -q --backup-id=x
}

@test "INT and HUP: dies of them" {
	own_site
	interrupted glb-gzip HUP
	same 129 "$status"
	nothing_published
	none_left
	interrupted glb-gzip INT
	same 130 "$status"
	nothing_published
	none_left
}

@test "KILL at any stage: no backup, no process, no lock; the rest is swept" {
	own_site
	for p in glb-dbdump glb-repos glb-blobs glb-gzip glb-meta pg_dump git tar; do
		interrupted $p KILL
		same "$p 137" "$p $status"
		none_left
		same "x unfinished" \
			"$(gitlab-backup-cli list --json | jq -r '.id + " " + .state')"
		try 1 gitlab-backup-cli show x
	done
	try 0 gitlab-backup-cli backup lfs -q --backup-id=y
	grep -q "Removing what an unfinished backup left: $B/.x.partial" err
	same y "$(ls -A "$B" | grep -v lock)"
}

@test "a second run while one goes on: 5, and the first is not hurt" {
	own_site
	mkfifo gate
	fake glb-gzip <<-END
		#!/bin/sh
		read -r line <'$T/gate'
		exec $(real glb-gzip) "\$@"
	END
	gitlab-backup-cli backup lfs -q --backup-id=one >first 2>&1 3>&- &
	exec 4>gate
	try 5 timeout 20 gitlab-backup-cli backup uploads -q --backup-id=two
	same "gitlab-backup-cli: $B/.gitlab-backup-cli.lock: another run holds the lock (process $!)" \
		"$(cat err)"
	gitlab-backup-cli backup uploads --dry-run --backup-id=two >plan.sh
	try 5 timeout 20 sh plan.sh
	echo go >&4
	exec 4>&-
	wait $!
	same one "$(cat first)"
	same one "$(ls "$B")"
}

@test "a HUP ignored at the start is ignored by the stages, too" {
	own_site
	mkfifo gate
	fake glb-gzip <<-END
		#!/bin/sh
		read -r line <'$T/gate'
		exec $(real glb-gzip)
	END
	(
		trap '' HUP
		exec setsid gitlab-backup-cli backup lfs -q --backup-id=x
	) >out 2>err 3>&- &
	exec 4>gate
	kill -HUP -- -$!
	echo go >&4
	exec 4>&-
	wait $!
	same x "$(cat out)"
}
