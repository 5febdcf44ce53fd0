#!/usr/bin/env bats
# glb-repos create --incremental: steps are what git itself would make.
# SPDX-License-Identifier: MIT
load helper
load repos
load incremental

@test "pushes, moves, deletions, a new name of an old commit: what git bundles" {
	normal a.git
	increment 0 one a.git
	result a.git ok 3 "$(cat t/default/a.git/one/* | wc -c)" | cmp - <(tr -d '\n' <out)
	commit a.git refs/heads/main refs/heads/main
	commit a.git refs/heads/main refs/heads/main
	g a.git update-ref refs/heads/on-old refs/heads/other^
	g a.git update-ref -d refs/heads/other
	commit a.git refs/merge-requests/1/head
	increment 0 two a.git
	step_is a.git two 002 one/001
	grep -qx '.*"status":"ok","refs":4,"bytes":[0-9]*,"steps":2}' out
	[ ! -s err ]
	returns one a.git
	returns two a.git
	clone_chain a.git t/default/a.git/{one/001,two/002}.bundle
}

@test "nothing new: a header alone, status unchanged" {
	normal a.git
	increment 0 one a.git
	increment 0 two a.git
	step_is a.git two 002 one/001
	printf '# v2 git bundle\n\n' | cmp - t/default/a.git/two/002.bundle
	grep -q '"unchanged","refs":3,"bytes":[0-9]*,"steps":2}' out
	returns two a.git
}
