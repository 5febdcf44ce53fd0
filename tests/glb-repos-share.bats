#!/usr/bin/env bats
# glb-repos create --base: a tree that shares with another, and needs it not.
# SPDX-License-Identifier: MIT
load helper
load repos
load incremental

# two: base holds the backups one and two of a.git, and one of b.git.
two() {
	normal a.git
	mkdir s/a.git/custom_hooks
	echo hook >s/a.git/custom_hooks/update
	normal b.git
	increment 0 one a.git b.git
	commit a.git refs/heads/main refs/heads/main
	increment 0 two a.git
	mv t base
	commit a.git refs/heads/new refs/heads/main
}

@test "files are hard links, manifests copies, all times as they were" {
	local file
	two
	(cd base && find . ! -type d -printf '%P %T@\n' | sort) >want
	upon 0 base three a.git b.git
	[ ! -s err ]
	for file in default/a.git/{one/001,two/002}.{refs,bundle,custom_hooks.tar}; do
		same 2 "$(stat -c %h "t/$file")"
	done
	same '' "$(find t/manifests -type f -links +1)"
	(cd t && find . ! -type d ! -path '*/three*' ! -name '+latest*' \
		-printf '%P %T@\n' | sort) | cmp - <(grep -v +latest want)
	grep -q '"a.git","status":"ok","refs":4,"bytes":[0-9]*,"steps":3}' out
	grep -q '"b.git","status":"unchanged","refs":3,"bytes":[0-9]*,"steps":2}' out
}

@test "without the base, every backup of the new tree comes back" {
	two
	upon 0 base three a.git b.git
	rm -rf base
	try 0 glb-repos verify t
	[ ! -s err ]
	returns one a.git b.git
	returns two a.git
	returns three a.git b.git
}

@test "verify: shared files need no manifest of their own id, but some one" {
	two
	upon 0 base three a.git
	rm t/manifests/default/a.git/one.toml
	try 0 glb-repos verify t
	rm t/manifests/default/a.git/{two,three,+latest}.toml
	try 3 glb-repos verify t
	grep -q 'a.git/one/001.refs: no manifest names it' err
}
