#!/usr/bin/env bats
# glb-repos create --incremental: which backups it builds upon, and which not.
# SPDX-License-Identifier: MIT
load helper
load repos
load incremental

# alone ID: the newest backup of a.git is a chain of its own, begun by ID.
alone() {
	same 1 "$(grep -c '^\[\[steps' "t/manifests/default/a.git/$1.toml")"
	grep -q "ref_path = 'default/a.git/$1/001.refs'" \
		"t/manifests/default/a.git/$1.toml"
	cmp "t/manifests/default/a.git/"{"$1",+latest}.toml
	! grep -q previous "t/manifests/default/a.git/$1.toml"
	! grep -q steps out
	[ "${2-}" = warns ] || [ ! -s err ]
}

@test "empty, then filled, then empty: the steps, the flags, a new chain" {
	empty a.git
	increment 0 one a.git
	alone one
	normal b.git
	mv s/b.git s/tmp && rm -r s/a.git && mv s/tmp s/a.git
	increment 0 two a.git
	alone two
	grep -qx 'empty = false' t/manifests/default/a.git/two.toml
	rm -r s/a.git
	empty a.git
	increment 0 three a.git
	grep -q '"empty","refs":0,"bytes":0,"steps":2' out
	head -2 t/manifests/default/a.git/three.toml | cmp - <(
		printf 'empty = true\nnon_existent = false\n')
	same "$(echo t/default/a.git/three/002.refs)" "$(echo t/default/a.git/three/*)"
	[ ! -s t/default/a.git/three/002.refs ]
	commit a.git refs/heads/main
	increment 0 four a.git
	alone four
	try 0 glb-repos verify t
	for id in one two three four; do returns $id a.git; done
}

@test "a repository that is gone: missing; when it is back, a new chain" {
	normal a.git
	increment 0 one a.git
	mv s/a.git gone
	increment 0 two a.git
	grep -q '"missing","refs":0,"bytes":0}' out
	alone two
	grep -qx 'non_existent = true' t/manifests/default/a.git/two.toml
	mv gone s/a.git
	increment 0 three a.git
	alone three
	returns one a.git
	returns three a.git
}

@test "hooks: each step has all of them, none if there are none" {
	normal a.git
	mkdir s/a.git/custom_hooks
	echo 1 >s/a.git/custom_hooks/update
	increment 0 one a.git
	echo 2 >s/a.git/custom_hooks/update
	increment 0 two a.git
	grep -q '"unchanged"' out
	tar -xOf t/default/a.git/two/002.custom_hooks.tar \
		custom_hooks/update | cmp - s/a.git/custom_hooks/update
	rm -r s/a.git/custom_hooks
	increment 0 three a.git
	[ ! -e t/default/a.git/three/003.custom_hooks.tar ]
	returns one a.git
	returns two a.git
	returns three a.git
	! grep -q . <(find s -name custom_hooks)
}

@test "another object format: a new chain, and verify reads both" {
	normal a.git
	increment 0 one a.git
	rm -r s/a.git
	normal a.git --object-format=sha256
	increment 0 two a.git
	alone two
	rm -r s/a.git
	empty a.git
	increment 0 three a.git
	alone three
	try 0 glb-repos verify t
	returns one a.git
	returns two a.git
	returns three a.git
}

@test "--full-every: a chain that began longer ago is left alone" {
	normal a.git
	increment 0 one a.git
	touch -d '2 days ago' t/default/a.git/one/001.refs
	options=(--full-every=72h)
	increment 0 two a.git
	grep -q '"steps":2' out
	options=(--full-every=47h)
	increment 0 three a.git
	alone three
	grep -q '"ok","refs":3' out
	options=(--full-every=1d)
	increment 0 four a.git
	grep -q '"steps":2' out
	try 2 glb-repos create --incremental --full-every=1w --id=x t
	same "glb-repos: --full-every: 1w: not a duration like 30d, 12h, 90m or 45s" "$(cat err)"
	try 2 glb-repos create --full-every=1d --id=x t
}

# unfit REASON COMMAND: after the damage, it is backed up in full and told.
unfit() {
	cp -a kept t
	(cd t/default/a.git && eval "$2")
	increment 0 three a.git
	same "glb-repos: default/a.git: its newest backup cannot be built upon: $1" "$(cat err)"
	alone three warns
	returns three a.git
	rm -r t
}

@test "a base that is damaged is not built upon, with its reason" {
	local d=default/a.git
	normal a.git
	increment 0 one a.git
	commit a.git refs/heads/main refs/heads/main
	increment 0 two a.git
	mv t kept
	commit a.git refs/heads/main refs/heads/main
	unfit "$d/one/001.refs: missing" 'rm one/001.refs'
	unfit "$d/one/001.bundle: missing" 'rm one/001.bundle'
	unfit "$d/two/002.bundle: missing" 'rm two/002.bundle'
	unfit "$d/two/002.bundle: not a bundle" ': >two/002.bundle'
	unfit "$d/two/002.bundle: no pack behind its header" \
		'truncate -s 200 two/002.bundle'
	unfit "$d/one/001.bundle: Too many levels of symbolic links" \
		'mv one/001.bundle x; ln -s ../x one/001.bundle'
	unfit "$d/two/002.refs: not a list of references" \
		'truncate -s 60 two/002.refs'
	unfit "manifests/$d/two.toml: line 1: no key" \
		'echo , >../../manifests/default/a.git/two.toml'
}

@test "Gitaly's manifests: keys that are not there, files of older paths" {
	local m=t/manifests/default/a.git
	normal a.git
	increment 0 one a.git
	mkdir -p t/a/one
	mv t/default/a.git/one/* t/a/one
	printf "steps = [{ref_path = \"a/one/001.refs\", bundle_path = 'a/one/001.bundle'}]\nobject_format = 'sha1'\nhead_reference = 'refs/heads/main'\n" >$m/one.toml
	commit a.git refs/heads/main refs/heads/main
	increment 0 two a.git
	printf "\n[[steps]]\nbundle_path = 'a/one/001.bundle'\nref_path = 'a/one/001.refs'\n\n[[steps]]\n" |
		cmp - <(sed -n '5,10p' $m/two.toml)
	grep -qx "previous_ref_path = 'a/one/001.refs'" $m/two.toml
	returns one a.git
	returns two a.git
}

@test "the newest backup is the newest marker's, whatever the clock was" {
	normal a.git
	increment 0 one a.git
	touch -d 'next year' t/backup_ids/one
	commit a.git refs/heads/main refs/heads/main
	increment 0 two a.git
	commit a.git refs/heads/main refs/heads/main
	increment 0 three a.git
	grep -q '"steps":3' out
}

@test "a failed repository has no new backup, and keeps its older ones" {
	normal a.git
	normal b.git
	increment 0 one a.git b.git
	rm s/a.git/HEAD
	mkdir s/a.git/HEAD
	increment 4 two a.git b.git
	same "one" "$(ls t/default/a.git)"
	[ ! -e t/manifests/default/a.git/two.toml ]
	cmp t/manifests/default/a.git/{one,+latest}.toml
	try 0 glb-repos verify t
	returns one a.git
}
