#!/usr/bin/env bats
# glb-repos create: references read from a repository's files, as git reads them.
# SPDX-License-Identifier: MIT
load helper
load repos

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	normal a.git
	commit a.git refs/heads/more
	fake_git '[ "$1" = --version ] || echo "$2" >>$T/log'
	: >log
}

# ours SCRIPT: a.git after SCRIPT is listed as git lists it, and without git.
ours() {
	listed "$1"
	same pack-objects "$(xargs <log)"
}

# gits SCRIPT: git is asked, as something is not as it usually is.
gits() {
	listed "$1"
	grep -qx show-ref log
}

# listed SCRIPT: the list and the bundle of a.git after SCRIPT are git's own.
listed() {
	rm -rf kept t
	cp -r s kept
	(cd s/a.git && oid=$(cat refs/heads/main) && eval "$1")
	: >log
	create 0 a.git
	cp log last
	whole a.git
	cp last log
	rm -r s
	mv kept s
}

@test "files of their own, packed-refs, and both" {
	ours :
	ours 'git pack-refs --all'
	ours 'git pack-refs --all; git update-ref refs/heads/main refs/heads/other
		git update-ref refs/a/first main; git update-ref refs/z/last main
		git update-ref refs/heads/main-1 main; git update-ref refs/heads/mai main'
	ours 'git pack-refs --all; sed -i "/^#/d" packed-refs'
	ours 'git pack-refs --all; sed -i "/^^/d" packed-refs'
	ours ': >packed-refs'
	ours 'echo "# pack-refs with: peeled fully-peeled sorted " >packed-refs'
}

@test "the order is that of the names' bytes" {
	ours 'for name in a-b a/b a.b ab a0 B $(printf "\303\251") "x y" a/b-c; do
		git update-ref "refs/heads/$name" refs/heads/main || :; done'
	ours 'for name in a-b a/b a.b ab a0 B a/b-c; do
		git update-ref "refs/heads/$name" refs/heads/main; done
		git pack-refs --all
		for name in a-a a/a a/c a.a b0 A; do
		git update-ref "refs/heads/$name" refs/heads/main; done'
}

@test "HEAD: a branch that is packed, in a file, unborn; an object" {
	ours 'git symbolic-ref HEAD refs/heads/other'
	ours 'git pack-refs --all; git symbolic-ref HEAD refs/heads/other'
	ours 'git symbolic-ref HEAD refs/heads/none'
	ours 'git symbolic-ref HEAD refs/tags/v1'
	ours 'cat refs/heads/other >other; cat other >HEAD'
	ours 'printf "ref:refs/heads/main" >HEAD'
	ours 'printf "ref:  refs/heads/main \n\n" >HEAD'
}

@test "a file without its line end" {
	ours 'printf %s "$oid" >refs/heads/x'
}

@test "what is odd, but git takes it" {
	gits 'echo $oid | tr a-f A-F >refs/heads/x'
	gits 'echo "$oid  " >refs/heads/x'
	gits 'echo "$oid and more" >refs/heads/x'
	gits 'printf "%s\r\n" "$oid" >refs/heads/x'
	gits 'git symbolic-ref refs/heads/x refs/heads/main'
	gits 'git symbolic-ref refs/heads/x refs/heads/none'
	gits 'ln -s main refs/heads/x'
	gits 'ln -sf refs/heads/main HEAD'
	gits 'git pack-refs --all; sed -i "1d; /^^/d" packed-refs
		tac packed-refs >p; mv p packed-refs'
	gits 'git pack-refs --all; mv packed-refs p; ln -s p packed-refs'
	gits 'echo "[include] path = x" >>config'
	gits 'git config core.repositoryFormatVersion 1'
	gits 'git config core.repositoryFormatVersion 1
		git config extensions.objectFormat sha1'
}

@test "empty but for packed-refs: nothing to do for git" {
	rm -r s/a.git/refs/*/* s/a.git/packed-refs 2>/dev/null || :
	echo "# pack-refs with: peeled fully-peeled sorted " >s/a.git/packed-refs
	create 0 a.git
	same "" "$(cat log)"
	same "$(result a.git empty 0 0)" "$(cat out)"
	manifest_is a.git true false sha1 refs/heads/main
}

@test "packed-refs that git itself does not read: no backup" {
	local bad
	g a.git pack-refs --all
	cp s/a.git/packed-refs whole
	for bad in 'garbage' '^garbage' "$(g a.git rev-parse main) x" \
		"$(g a.git rev-parse main)"; do
		{
			cat whole
			printf %s "$bad"
		} >s/a.git/packed-refs
		rm -rf t
		create 4 a.git
		grep -q '^glb-repos: default/a.git: ' err
	done
}

@test "names that no repository can be given again: no backup" {
	local last
	g a.git pack-refs --all
	cp s/a.git/packed-refs whole
	last=$(grep -v '^^' whole | tail -n 1)
	(cat whole && echo "$last") >s/a.git/packed-refs
	create 4 a.git
	grep -qx 'glb-repos: default/a.git: the list of references is not in order' err
	cp whole s/a.git/packed-refs
	mkdir -p s/a.git/refs/heads/main
	cut -d ' ' -f 1 <<<"$last" >s/a.git/refs/heads/main/below
	rm -rf t
	create 4 a.git
	grep -qx "glb-repos: default/a.git: a reference is another's directory" err
}

@test "more references than are kept in memory: git lists them" {
	local oid long
	oid=$(g a.git rev-parse main)
	long=$(printf 'x%.0s' {1..240})
	(cd s/a.git/refs/heads && for i in {1..4500}; do echo "$oid" >$long$i; done)
	create 0 a.git
	grep -qx show-ref log
	g a.git show-ref --head | cmp - t/default/a.git/ID/001.refs
}

@test "packed again and again meanwhile: no reference is missed" {
	local i
	for i in {1..8}; do
		(while [ ! -e "done$i" ]; do
			g a.git pack-refs --all
			g a.git update-ref refs/heads/main other
			g a.git update-ref refs/heads/main main
		done) 3>&- &
		rm -rf t
		create 0 a.git
		touch "done$i"
		wait $!
		same "HEAD refs/heads/main refs/heads/more refs/heads/other refs/tags/v1" \
			"$(cut -d ' ' -f 2 t/default/a.git/ID/001.refs | xargs)"
	done
}
