#!/usr/bin/env bats
# glb-repos create --incremental: steps are what git itself would make.
# SPDX-License-Identifier: MIT
load helper
load repos
load incremental

@test "pushes, moves, deletions, a new name of an old commit: what git bundles" {
	normal a.git
	increment 0 one a.git
	! grep -q steps out
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

@test "the manifest: its base's steps, then the new one" {
	local base
	normal "a'b.git"
	increment 0 one "a'b.git"
	base=$(cat "t/manifests/default/a'b.git/one.toml")
	g "a'b.git" symbolic-ref HEAD refs/heads/other
	increment 0 two "a'b.git"
	{
		sed 's|main|other|' <<<"$base"
		printf '\n[[steps]]\n'
		printf "bundle_path = \"default/a'b.git/two/002.bundle\"\n"
		printf "ref_path = \"default/a'b.git/two/002.refs\"\n"
		printf "previous_ref_path = \"default/a'b.git/one/001.refs\"\n"
		printf "custom_hooks_path = \"default/a'b.git/two/002.custom_hooks.tar\"\n"
	} | cmp - "t/manifests/default/a'b.git/two.toml"
	cmp "t/manifests/default/a'b.git/"{two,+latest}.toml
	same "$base" "$(cat "t/manifests/default/a'b.git/one.toml")"
}

@test "nothing new: a header alone, status unchanged" {
	normal a.git
	normal b.git --object-format=sha256
	increment 0 one a.git b.git
	increment 0 two a.git b.git
	step_is a.git two 002 one/001
	step_is b.git two 002 one/001
	printf '# v2 git bundle\n\n' | cmp - t/default/a.git/two/002.bundle
	same 2 "$(grep -c '"unchanged","refs":3,"bytes":[0-9]*,"steps":2}' out)"
	returns two a.git b.git
}

@test "only a deletion, or an old commit's new name: a header alone, status ok" {
	normal a.git
	increment 0 one a.git
	g a.git update-ref -d refs/heads/other
	increment 0 two a.git
	step_is a.git two 002 one/001
	same 17 "$(wc -c <t/default/a.git/two/002.bundle)"
	grep -q '"ok","refs":2' out
	g a.git update-ref refs/heads/again main
	increment 0 three a.git
	step_is a.git three 003 two/002
	same 17 "$(wc -c <t/default/a.git/three/003.bundle)"
	returns two a.git
	returns three a.git
}

@test "tags, nested ones, trees and blobs, new or of old history" {
	local blob
	normal a.git
	increment 0 one a.git
	blob=$(g a.git rev-parse main:file)
	g a.git tag -a -m new new main
	g a.git update-ref refs/blobs/old "$blob"
	g a.git update-ref refs/trees/old "main^{tree}"
	increment 0 two a.git
	step_is a.git two 002 one/001
	g a.git -c advice.nestedTag=false tag -a -m outer outer new
	g a.git update-ref -d refs/tags/new
	g a.git update-ref refs/blobs/new "$(echo x | g a.git hash-object -w --stdin)"
	g a.git tag -a -m 'of a blob' blob "$blob"
	increment 0 three a.git
	step_is a.git three 003 two/002
	# What stands inside a tag that was there is not new.
	g a.git update-ref refs/tags/inner "outer^{}"
	g a.git update-ref refs/tags/back "$(cut -d' ' -f1 <(grep tags/new \
		t/default/a.git/two/002.refs))"
	increment 0 four a.git
	step_is a.git four 004 three/003
	returns two a.git
	returns four a.git
}

@test "sha256: a chain of its own version of bundles" {
	normal a.git --object-format=sha256
	increment 0 one a.git
	commit a.git refs/heads/a refs/heads/main
	increment 0 two a.git
	step_is a.git two 002 one/001
	g a.git update-ref -d refs/heads/a
	commit a.git refs/heads/a/b refs/heads/other
	increment 0 three a.git
	step_is a.git three 003 two/002
	returns three a.git
	returns two a.git
	clone_chain a.git t/default/a.git/{one/001,two/002,three/003}.bundle
}

@test "a detached HEAD on a new commit comes with the step" {
	normal a.git
	increment 0 one a.git
	commit a.git refs/heads/gone refs/heads/main
	g a.git update-ref --no-deref HEAD refs/heads/gone
	g a.git update-ref -d refs/heads/gone
	increment 0 two a.git
	step_is a.git two 002 one/001
	grep -q ' HEAD$' t/default/a.git/two/002.bundle
	returns two a.git
}

@test "objects that have been pruned since are not built upon" {
	normal a.git
	commit a.git refs/heads/doomed refs/heads/main
	increment 0 one a.git
	g a.git update-ref -d refs/heads/doomed
	g a.git update-ref -d refs/tags/v1
	g a.git update-ref refs/heads/main refs/heads/other
	g a.git reflog expire --expire=all --all
	g a.git gc -q --prune=now
	commit a.git refs/heads/doomed refs/heads/main
	g a.git repack -adq
	increment 0 two a.git
	step_is a.git two 002 one/001
	returns one a.git
	returns two a.git
}

@test "objects borrowed from a pool are in the increment" {
	normal pool.git
	git clone -q --bare --shared s/pool.git s/a.git
	increment 0 one a.git
	commit pool.git refs/heads/main refs/heads/main
	g a.git update-ref refs/heads/main "$(g pool.git rev-parse main)"
	increment 0 two a.git
	step_is a.git two 002 one/001
	clone_chain a.git t/default/a.git/{one/001,two/002}.bundle
}

@test "a hundred thousand references, one of them new" {
	local main
	normal a.git
	main=$(g a.git rev-parse main)
	{
		printf '# pack-refs with: peeled fully-peeled sorted \n'
		seq -f "$main refs/keep/%06.0f" 100000
	} >s/a.git/packed-refs
	increment 0 one a.git
	commit a.git refs/keep/050000 refs/heads/main
	increment 0 two a.git
	grep -q '"ok","refs":100003,"bytes":[0-9]*,"steps":2}' out
	g a.git show-ref --head | cmp - t/default/a.git/two/002.refs
	printf '# v2 git bundle\n-%s refs/heads/main\n%s refs/keep/050000\n\n' \
		"$main" "$(g a.git rev-parse refs/keep/050000)" |
		cmp - <(header t/default/a.git/two/002.bundle)
}
