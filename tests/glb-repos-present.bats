#!/usr/bin/env bats
# glb-repos create --incremental: whether what references name is there.
# SPDX-License-Identifier: MIT
load helper
load repos

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	normal a.git
	commit a.git refs/heads/side refs/heads/other
	lines a.git >list
	try 0 glb-repos create --id=ID --storage=default=s t <list
	fake_git '[ "$1" = --version ] || echo $2 >>$T/log'
	: >log
}

# again STATUS [VERB]...: an increment, for which git does just this.
again() {
	try "$1" glb-repos create --incremental --id=ID2 --storage=default=s t <list
	shift
	same "$*" "$(xargs <log)"
}

@test "nothing new, and all is there: no git" {
	again 0
	[ ! -s err ]
	try 0 glb-repos verify t
}

@test "in packs and in files of their own: no git" {
	local i
	for i in {1..4}; do
		commit a.git "refs/heads/b$i" refs/heads/side
		[ "$i" = 4 ] || g a.git repack -dq
	done
	rm -r t
	glb-repos create --id=ID --storage=default=s t <list
	: >log
	[ "$(find s/a.git/objects/pack -name '*.idx' | wc -l)" -ge 3 ]
	again 0
}

@test "a tip that has vanished is told of" {
	local oid
	oid=$(g a.git rev-parse side)
	rm "s/a.git/objects/${oid:0:2}/${oid:2}"
	try 4 glb-repos create --incremental --id=ID2 --storage=default=s t <list
	grep -qF 'a.git: refs/heads/side: a broken reference, left out' err
}

@test "a tip whose pack has vanished, is cut, or of another index" {
	local spoil pack
	g a.git gc -q
	pack=$(echo s/a.git/objects/pack/*.pack)
	chmod u+w "$pack"
	cp "$pack" kept
	for spoil in 'rm -f' 'truncate -s -1' 'truncate -s 0'; do
		: >log
		$spoil "$pack"
		try 4 glb-repos create --incremental --id=ID2 --storage=default=s \
			t <list
		grep -q . log
		[ -s err ]
		cp kept "$pack"
	done
}

@test "what is borrowed is asked of git" {
	mkdir pool
	mv s/a.git/objects/?? pool
	echo "$T/pool" >s/a.git/objects/info/alternates
	again 0 show-ref
}
