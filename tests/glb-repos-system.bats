#!/usr/bin/env bats
# glb-repos create and the system: signals, limits, memory, settings.
# SPDX-License-Identifier: MIT
load helper
load repos

@test "the caller's GIT_ variables change nothing" {
	normal a.git
	normal b.git
	export GIT_DIR=$T/s/b.git GIT_OBJECT_DIRECTORY=$T/nowhere \
		GIT_NAMESPACE=x GIT_TRACE=1 GIT_CONFIG_PARAMETERS="'core.bare=x'"
	create 0 a.git
	unset GIT_DIR GIT_OBJECT_DIRECTORY GIT_NAMESPACE GIT_TRACE
	unset GIT_CONFIG_PARAMETERS
	[ ! -s err ]
	whole a.git
}

@test "the repository's own settings neither start programs nor harm" {
	local key
	normal a.git
	g a.git tag big \
		"$(head -c 1500000 /dev/urandom | g a.git hash-object -w --stdin)"
	for key in core.pager pager.show-ref core.sshCommand \
		core.alternateRefsCommand uploadpack.packObjectsHook \
		core.fsmonitor core.askPass; do
		g a.git config $key "touch $T/started"
	done
	g a.git config alias.show-ref "!touch $T/started"
	g a.git config core.hooksPath "$T"
	g a.git config color.ui always
	g a.git config transfer.hideRefs refs/tags
	g a.git config pack.packSizeLimit 1m
	create 0 a.git
	[ ! -e started ]
	whole a.git
	grep -q refs/tags/big t/default/a.git/ID/001.refs
}

@test "--jobs-per-storage=1: a storage never has two gits at a time" {
	local i
	normal 1.git
	for i in {2..8}; do cp -r s/1.git "s/$i.git"; done
	lines {1..8}.git >list
	sed 's/default/two/' list >>list.two
	cat list.two >>list
	fake_git '[ "$1" = --version ] || {
		lock=$T/lock-${dir%%/*}
		mkdir $lock || touch $T/violated
		"$real" "$@"
		rc=$?
		rmdir $lock
		exit $rc
	}'
	cp -r s s2
	try 0 glb-repos create --id=ID -j4 --jobs-per-storage=1 \
		--storage=default=s --storage=two=s2 t <list
	[ ! -e violated ]
	same 16 "$(grep -c '"ok"' out)"
}

@test "SIGTERM ends every git, and us by the same signal" {
	local got=0 pid
	normal a.git
	normal b.git
	lines a.git b.git >list
	mkfifo alive
	# Whoever reads alive to its end has seen the last of them go.
	fake_git 'case $2 in pack-objects)
		exec 9>$T/alive; echo here >&9; bash -c "echo here >&9; read -t 30 <>$T/never"
		read -t 30 <>$T/never ;; esac'
	mkfifo never
	glb-repos create --id=ID -j2 --storage=default=s t <list >out 2>err 3>&- &
	pid=$!
	exec 8<alive
	head -c 10 <&8 >/dev/null
	kill -TERM $pid
	timeout 20 cat <&8 >/dev/null
	wait $pid || got=$?
	same 143 $got
	[ ! -e t/manifests ]
}

@test "SIGTERM ends a git just started, and what that has started" {
	local got=0 pid
	normal a.git
	lines a.git >list
	mkfifo alive never
	fake_git 'case $2 in pack-objects)
		exec 9>$T/alive; echo here >&9; bash -c "echo here >&9; read -t 30 <>$T/never"
		read -t 30 <>$T/never ;; esac'
	cc -shared -fPIC -O1 -D_GNU_SOURCE -o late.so "$BATS_TEST_DIRNAME/late.c"
	LATE=$T/late LD_PRELOAD=$T/late.so ASAN_OPTIONS=verify_asan_link_order=0 \
		glb-repos create --id=ID --storage=default=s t <list >out 2>err 3>&- &
	pid=$!
	exec 8<alive
	head -c 10 <&8 >/dev/null
	kill -TERM $pid
	: >late
	timeout 20 cat <&8 >/dev/null
	wait $pid || got=$?
	same 143 $got
}

@test "two thousand repositories take no more memory than a hundred" {
	local i first last
	empty 1.git
	normal 50.git
	for i in {2..2000}; do
		[ $i -eq 50 ] || ln -s $((i % 50 ? 1 : 50)).git "s/$i.git"
	done
	export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
	mkfifo in results
	glb-repos create --id=ID --storage=default=s t <in >results 3>&- &
	exec 7>in 8<results
	peak() { # FROM TO: after these, in KiB
		eval "lines {$1..$2}.git" >&7
		head -n $(($2 - $1 + 1)) <&8 | grep -c '"ok"\|"empty"' >>counts
		sed -n 's/VmHWM:\s*\([0-9]*\) kB/\1/p' /proc/$!/status
	}
	first=$(peak 1 100)
	last=$(peak 101 2000)
	exec 7>&-
	wait $!
	same "100 1900" "$(xargs <counts)"
	echo "$first KiB, then $last KiB"
	[ $((last - first)) -lt 4096 ]
}

@test "progress is told on the status descriptor" {
	normal a.git
	empty b.git
	lines a.git b.git >list
	GLB_STATUS_FD=5 try 0 glb-repos create --id=ID --storage=default=s t \
		<list 5>status
	same "{\"bytes_in\":0,\"bytes_out\":$(cat t/default/*/*/* | wc -c),\"items\":2}" \
		"$(tail -n 1 status)"
}

@test "no git on PATH: status 1 before anything is made" {
	mkdir s bin
	ln -s "$(type -P glb-repos)" bin
	lines a.git >list
	PATH=$T/bin try 1 glb-repos create --id=ID --storage=default=s t <list
	same "glb-repos: git: No such file or directory" "$(cat err)"
	[ ! -e t ]
}
