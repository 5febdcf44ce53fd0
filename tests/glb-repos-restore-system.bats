#!/usr/bin/env bats
# glb-repos restore and the system: signals, sudden death, what that leaves.
# SPDX-License-Identifier: MIT
load helper
load repos

# two: a.git and b.git are backed up, and changed since.
two() {
	normal a.git
	normal b.git
	create 0 a.git b.git
	cp -r s old
	commit a.git refs/heads/since refs/heads/main
	commit b.git refs/heads/since refs/heads/main
	cp -r s changed
	sums s >before
}

# dead: the list is restored; a child kills us.  -j1: a.git comes first.
dead() {
	local got=0
	glb-repos restore -j1 --storage=default=s t <list >out 2>err || got=$?
	same 137 "$got"
}

@test "killed at any step: old or new, and the next run cleans up" {
	local verb
	two
	for verb in init index-pack pack-refs; do
		(
			fake_git "case \$2 in $verb) kill -9 \$PPID; exit 1 ;; esac"
			dead
		)
		[ -e s/+gitaly/glb-restore.*/lock ]
		mv s/+gitaly .
		sums s | cmp - before
		mv +gitaly s
	done
	restore 0
	[ ! -s err ]
	back old a.git b.git
}

@test "killed when one is replaced: it is kept, told of once, not removed" {
	local kept
	two
	(
		fake_git 'case $2 in init) [ ! -e $T/s/a.git/refs/heads/since ] && {
			kill -9 $PPID; exit 1; } ;; esac'
		dead
	)
	kept=$(echo s/+gitaly/glb-restore.*)
	lines b.git >list
	restore 0
	same "glb-repos: $kept: holds what a restore that was killed has replaced" \
		"$(cat err)"
	restore 0
	[ ! -s err ]
	same replaced "$(ls "$kept")"
	diff -r changed/a.git "$kept/replaced/a.git/+"
	rm -r s/+gitaly
	back old a.git b.git
}

@test "killed in the midst of an exchange: the former one is not taken for waste" {
	local d=s/+gitaly/glb-restore.1
	two
	# As it is when a.git has been exchanged, and nothing else done yet.
	mkdir -p $d
	touch $d/lock
	mv s/a.git $d/0.new
	cp -r old/a.git s
	echo "$(stat -c %i s/a.git) a.git" >$d/0.swap
	# And when b.git is about to be.
	cp -r old/b.git $d/1.new
	echo "$(stat -c %i $d/1.new) b.git" >$d/1.swap
	lines no.git >list
	cp t/manifests/default/a.git/ID.toml .
	restore 4
	same "glb-repos: $d: holds what a restore that was killed has replaced" \
		"$(head -1 err)"
	same "replaced replaced/a.git replaced/a.git/+" "$(cd $d && find . \
		-maxdepth 3 -mindepth 1 | sed 's|^./||' | sort | xargs)"
	diff -r changed/a.git $d/replaced/a.git/+
	diff -r changed/b.git s/b.git
}

@test "a run that lives is left alone by others" {
	local pid got=0
	two
	mkfifo in
	glb-repos restore --storage=default=s t <in >out1 2>err1 3>&- &
	pid=$!
	exec 7>in
	head -n 1 list >&7
	awaited $pid [ -s out1 ]
	lines b.git >list
	restore 0
	[ ! -s err ]
	[ -e s/+gitaly/glb-restore.1/replaced/a.git/+ ]
	exec 7>&-
	wait $pid || got=$?
	same 0 $got
	back old a.git b.git
}

@test "SIGTERM ends every git, then us; what is not finished is removed" {
	local got=0 pid signal
	two
	mkfifo alive never
	fake_git 'case $2 in index-pack)
		exec 9>$T/alive; echo here >&9; read <>$T/never ;; esac'
	for signal in TERM INT HUP; do
		# What starts us may ignore INT and HUP.
		env --default-signal=INT,HUP glb-repos restore -j2 \
			--storage=default=s t <list >out 2>err 3>&- &
		pid=$!
		exec 8<alive
		head -c 10 <&8 >/dev/null
		kill -$signal $pid
		cat <&8 >/dev/null
		got=0
		wait $pid || got=$?
		same "$((128 + $(kill -l $signal)))" $got
		[ ! -s out ]
		[ ! -s err ]
		[ ! -e s/+gitaly ]
		sums s | cmp - before
	done
}

@test "SIGTERM while the list is awaited" {
	local got=0 pid
	two
	mkfifo in
	glb-repos restore --storage=default=s t <in >out 2>err 3>&- &
	pid=$!
	exec 7>in
	head -n 1 list >&7
	awaited $pid [ -s out ]
	kill -TERM $pid
	wait $pid || got=$?
	exec 7>&-
	same 143 $got
	same "glb-repos: s/+gitaly/glb-restore.1: holds what was replaced" \
		"$(cat err)"
	diff -r changed/a.git s/+gitaly/*/replaced/a.git/+
	rm -r s/+gitaly
	back old a.git
}

@test "stdout closed or full: status 1, former repositories are kept" {
	two
	try 1 bash -c 'glb-repos restore --storage=default=s t <list >/dev/full'
	grep -q 'standard output: No space left' err
	[ -e s/+gitaly/glb-restore.*/replaced ]
	rm -r s/+gitaly
	try 1 bash -c 'glb-repos restore --storage=default=s t <list >&-'
	[ -e s/+gitaly/glb-restore.*/replaced ]
}

@test "reader gone early: status 1, nothing half-done is left" {
	local i
	two
	for i in {1..200}; do lines a.git; done >more
	lines b.git >>more
	run bash -c 'set -o pipefail; glb-repos restore --storage=default=s t \
		<more 2>err | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}'
	same 1 "$status"
	grep -q '^glb-repos: standard output: Broken pipe' err
	same "ended replaced" "$(ls s/+gitaly/*/ | xargs)"
}

@test "a list that ends inside: status 3, the rest is not done" {
	two
	head -c -10 list >cut
	try 3 glb-repos restore --storage=default=s t <cut
	same "glb-repos: standard input: line 2: ends inside an object" \
		"$(head -1 err)"
	diff -r changed/b.git s/b.git
}

@test "progress is told on the status descriptor" {
	two
	GLB_STATUS_FD=5 restore 0 5>status
	grep -q '"items":2}$' <(tail -n 1 status)
}
