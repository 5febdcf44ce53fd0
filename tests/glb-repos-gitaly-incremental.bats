#!/usr/bin/env bats
# Increments by gitaly-backup: chains without its defects, old ones completed.
# SPDX-License-Identifier: MIT
load helper
load repos
load gitaly

# again CODE ID PATH... [-- OPTION...]: by_gitaly, incremental; old/ID is what
# the repositories are now.
again() {
	mkdir -p old
	cp -a s "old/$2"
	case $* in
	*' -- '*) by_gitaly "$@" ;;
	*) by_gitaly "$@" -- --incremental ;;
	esac
}

# returns ID PATH...: both engines bring back what old/ID has.
returns() {
	for engine in git gitaly; do
		mv s s.now
		mkdir s
		lines "${@:2}" >list
		if [ "$engine" = git ]; then
			restore 0 --id="$1"
		else
			gitaly_restores 0 --id="$1"
		fi
		back "old/$1" "${@:2}"
		rm -rf s
		mv s.now s
	done
}

@test "every era of manifests: full, new, unchanged, new again" {
	for era in 16.11.0 17.6.0 18.11.0; do
		gitaly "$era"
		normal a.git
		again 0 A a.git
		same "a.git ok 3" "$(statuses)"
		commit a.git refs/heads/new refs/heads/main
		again 0 B a.git
		same "a.git ok 4 2" "$(statuses)"
		again 0 C a.git
		same "a.git unchanged 4 3" "$(statuses)"
		commit a.git refs/heads/more refs/heads/new
		again 0 D a.git
		same "a.git ok 5 4" "$(statuses)"
		try 0 glb-repos verify t
		returns C a.git
		returns D a.git
		rm -rf s t old
	done
}

@test "one chain by either engine in turn: each step comes back by both" {
	gitaly 18.11.0
	normal a.git
	again 0 A a.git
	g a.git update-ref -d refs/heads/other
	commit a.git refs/heads/than refs/heads/main
	cp -a s old/B
	try 0 glb-repos create --engine=git --incremental --id=B \
		--storage=default=s t <list
	same "a.git ok 3 2" "$(statuses)"
	g a.git tag -a -m more v2 than
	g a.git branch on-old main
	again 0 C a.git
	same "a.git ok 5 3" "$(statuses)"
	commit a.git refs/heads/main refs/heads/on-old
	cp -a s old/D
	try 0 glb-repos create --engine=git --incremental --id=D \
		--storage=default=s t <list
	same "a.git ok 5 4" "$(statuses)"
	try 0 glb-repos verify t
	for id in A B C D; do returns $id a.git; done
}

@test "17.2: a new name for an old commit is a step, too, and its reference is kept" {
	gitaly 17.2.0
	normal a.git
	again 0 A a.git
	g a.git branch same main
	again 0 B a.git
	same "a.git ok 4 2" "$(statuses)"
	printf '# v2 git bundle\n\n' | cmp - t/default/a.git/B/002.bundle
	grep -q refs/heads/same t/default/a.git/B/002.refs
	try 0 glb-repos verify t
}

@test "a base that was empty or missing: a full backup, no defect of Gitaly's" {
	for era in 17.2.0 17.6.0 18.11.0; do
		gitaly "$era"
		empty e.git
		again 0 A e.git m.git
		commit e.git refs/heads/main
		normal m.git
		again 0 B e.git m.git
		same "e.git ok 1
m.git ok 3" "$(statuses)"
		[ -f t/default/e.git/B/001.bundle ]
		same '' "$(grep -l 'empty = true' t/manifests/default/?.git/B.toml || :)"
		returns B e.git m.git
		rm -rf s t old
	done
}

@test "a repository that is gone, or has become empty, since its base" {
	for era in 17.2.0 18.11.0; do
		gitaly "$era"
		normal a.git
		normal b.git
		again 0 A a.git b.git
		rm -r s/a.git s/b.git
		empty b.git
		again 0 B a.git b.git
		same "a.git missing 0
b.git empty 0 2" "$(statuses)"
		try 0 glb-repos verify t
		rm -rf s t old
	done
}

@test "a damaged base is named, and a full backup is made" {
	gitaly 18.11.0
	normal a.git
	normal b.git
	again 0 A a.git b.git
	: >t/default/a.git/A/001.bundle
	again 0 B a.git b.git
	grep -q '^glb-repos: default/a.git: its newest backup cannot be built upon: default/a.git/A/001.bundle: ' err
	same 1 "$(wc -l <err)"
	same "a.git ok 3
b.git unchanged 3 2" "$(statuses)"
}

@test "--full-every: a chain that is too old is not continued" {
	gitaly 18.11.0
	normal a.git
	again 0 A a.git
	touch -d '2 days ago' t/default/a.git/A/001.refs
	by_gitaly 0 B a.git -- --incremental --full-every=1d
	same "a.git ok 3" "$(statuses)"
	by_gitaly 0 C a.git -- --incremental --full-every=1d
	same "a.git unchanged 3 2" "$(statuses)"
}

@test "--base: the new tree is complete without the old one" {
	for era in 17.2.0 18.10.0 18.11.0; do
		gitaly "$era"
		normal a.git
		empty e.git
		again 0 A a.git e.git m.git
		mv t base
		commit a.git refs/heads/new refs/heads/main
		normal n.git
		again 0 B a.git e.git m.git n.git -- --base=base
		same "a.git ok 4 2
e.git empty 0
m.git missing 0
n.git ok 3" "$(statuses)"
		same "$(stat -c %i base/default/a.git/A/001.bundle)" \
			"$(stat -c %i t/default/a.git/A/001.bundle)"
		rm -rf base
		try 0 glb-repos verify t
		returns A a.git
		returns B a.git
		rm -rf s t old
	done
}

@test "increments need 16.10; an id of the tree is not used again" {
	gitaly 16.9.0
	normal a.git
	by_gitaly 1 A a.git -- --incremental
	same "glb-repos: $BATS_TEST_DIRNAME/fakes/gitaly-backup: version 16.9 is too old for increments: 16.10 is the oldest; see --engine=git" "$(cat err)"
	gitaly 18.11.0
	again 0 A a.git
	by_gitaly 1 A a.git -- --incremental
	same "glb-repos: t: has a backup A already" "$(cat err)"
}
