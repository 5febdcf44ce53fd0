#!/usr/bin/env bats
# What glb-repos extract leaves when something goes wrong on the way.
# SPDX-License-Identifier: MIT
load helper
load repos
load extracting

@test "git that fails at any step, or none: status 1, nothing left" {
	local verb
	normal a.git
	create 0 a.git
	for verb in init index-pack pack-refs; do
		fake_git "[ \"\$2\" != $verb ] || exit 1"
		extract 1 a.git t d
		nothing
		PATH=${PATH#*:}
	done
	mkdir none
	ln -s "$(type -P glb-repos)" none
	PATH=$T/none try 1 glb-repos extract t d <list
	PATH=/usr/bin:/bin
	nothing
}

@test "a disk that takes no more: status 1, one message, nothing left" {
	local i
	empty a.git
	head -c 300000 /dev/urandom >blob
	commit a.git refs/heads/main
	g a.git tag blob "$(g a.git hash-object -w --stdin <blob)"
	create 0 a.git
	for i in 0 1 200; do
		try 1 bash -c '(trap "" XFSZ; ulimit -f "$1"
			exec glb-repos extract t d) <list 2>&1 >/dev/null | cat >&2
			exit "${PIPESTATUS[0]}"' - "$i"
		same 1 "$(wc -l <err)"
		grep -q '^glb-repos: default/a.git: .*: File too large$' err
		nothing
	done
}

@test "SIGTERM, SIGINT, SIGHUP end git, then us; nothing is left" {
	local got pid signal
	normal a.git
	create 0 a.git
	mkfifo alive never
	fake_git 'case $2 in index-pack)
		exec 9>$T/alive; echo here >&9; read <>$T/never ;; esac'
	for signal in TERM INT HUP; do
		env --default-signal=INT,HUP glb-repos extract t d \
			<list >out 2>err 3>&- &
		pid=$!
		exec 8<alive
		head -c 5 <&8 >/dev/null
		kill -$signal $pid
		cat <&8 >/dev/null
		got=0
		wait $pid || got=$?
		same "$((128 + $(kill -l $signal)))" $got
		[ ! -s out ]
		[ ! -s err ]
		nothing
	done
}

@test "killed before any change of files: DIR is whole, or not there" {
	local n=1
	normal a.git
	create 0 a.git
	until [ "$(killed $n glb-repos extract t d <list)" = 0 ]; do
		[ ! -e d ] || is_as d a.git
		rm -rf d .glb-extract.*
		n=$((n + 1))
		[ $n -lt 200 ]
	done
	[ $n -gt 5 ]
	is_as d a.git
}

@test "SIGTERM before any change of files: nothing else is left, DIR is whole" {
	local n=1 got=143
	normal a.git
	create 0 a.git
	until [ $got = 0 ]; do
		got=$(KILL_BY=15 killed $n glb-repos extract t d <list)
		same '' "$(find . -name '.glb-extract*')"
		[ ! -e d ] || is_as d a.git
		[ $got = 0 ] || {
			same 143 $got
			rm -rf d
		}
		n=$((n + 1))
		[ $n -lt 200 ]
	done
	[ $n -gt 5 ]
	is_as d a.git
}

@test "stdout closed or full: status 1; the repository is there, whole" {
	normal a.git
	create 0 a.git
	try 1 bash -c 'glb-repos extract t d <list >/dev/full'
	same 'glb-repos: standard output: No space left on device' "$(cat err)"
	is_as d a.git
	try 1 bash -c 'glb-repos extract t e <list >&-'
	is_as e a.git
}
