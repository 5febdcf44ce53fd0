#!/usr/bin/env bats
# glb-repos restore by gitaly-backup: which backups, and what stays.
# SPDX-License-Identifier: MIT
load helper
load repos
load gitaly

# backed_up ERA PATH...: normal repositories, backed up as ID.
backed_up() {
	gitaly "$1"
	for r in "${@:2}"; do normal "$r"; done
	by_gitaly 0 ID "${@:2}"
	rm record*
}

# words: the arguments of each run, but that for the version.
words() { jq -c .argv record | grep -v version; }

@test "a repository without a backup is not sent, as Gitaly would remove it" {
	for era in 16.7.0 17.0.2 18.11.0; do
		backed_up "$era" a.git
		normal b.git
		sums s/b.git >before
		lines a.git b.git >list
		gitaly_restores 4
		same "a.git ok 3
b.git failed 0" "$(statuses)"
		same "glb-repos: default/b.git: no backup" "$(cat err)"
		sums s/b.git | cmp before -
		rm -rf t s record*
	done
}

@test "the newest run's backups, and for others the newest of their own" {
	backed_up 18.11.0 a.git b.git
	by_gitaly 0 NEW b.git
	rm record
	rm -rf s/*
	lines a.git b.git >list
	gitaly_restores 0
	same '["restore","-path",".","-id=+latest"]
["restore","-path",".","-id=NEW"]' "$(words)"
	same "a.git ok 3
b.git ok 3" "$(statuses)"
	rm record
	gitaly_restores 4 --id=NEW
	same '["restore","-path",".","-id=NEW"]' "$(words)"
	same "a.git failed 0
b.git ok 3" "$(statuses)"
}

@test "a damaged backup is refused before Gitaly removes what is there" {
	backed_up 18.2.0 a.git b.git c.git
	rm t/default/a.git/ID/001.bundle
	echo x >t/default/b.git/ID/001.refs
	sed -i 's/empty = false/empty = true/' t/manifests/default/c.git/*
	sums s >before
	gitaly_restores 4
	same "default/a.git/ID/001.bundle: No such file or directory
default/b.git/ID/001.refs: not a list of references
default/c.git/ID/001.refs: references, but the manifest says that there are none" \
		"$(jq -r .error out)"
	[ ! -e record.in ]
	sums s | cmp before -
}

@test "a repository that was missing is left alone, told or not" {
	for era in 17.5.0 17.6.0; do
		gitaly "$era"
		by_gitaly 0 ID m.git
		normal m.git
		gitaly_restores 0
		same "m.git missing 0" "$(statuses)"
		[ -f s/m.git/HEAD ]
		rm -rf t s
	done
}

@test "--remove-all: by Gitaly, after success, of storages on the list" {
	for era in 16.9.0 18.11.0; do
		backed_up "$era" a.git
		normal x/other.git
		lines a.git >list
		gitaly_restores 0 --remove-all=default
		words | grep -q '"-remove-all-repositories=default"\]$'
		[ ! -e s/x/other.git ]
		[ -e s/a.git ]
		rm -rf t s record*
	done
}

@test "--remove-all: not when something on the list cannot be sent: status 4" {
	backed_up 18.11.0 a.git
	normal x/other.git
	normal b.git
	lines a.git b.git >list
	gitaly_restores 4 --remove-all=default
	same '' "$(words | grep remove || :)"
	grep -q '^glb-repos: --remove-all: there are repositories that cannot be restored, so nothing is removed$' err
	[ -e s/x/other.git ]
	[ -e s/b.git ]
}

@test "--remove-all: not with two runs, an empty list, or half a list" {
	backed_up 18.11.0 a.git b.git
	by_gitaly 0 NEW b.git
	rm record
	normal x.git
	lines a.git b.git >list
	gitaly_restores 4 --remove-all=default
	same "glb-repos: --remove-all: the list needs backups of more than one run, so nothing is removed" "$(cat err)"
	: >list
	gitaly_restores 4 --remove-all=default
	same "glb-repos: --remove-all: default: nothing of it is on the list, so nothing is removed" "$(cat err)"
	{
		lines a.git
		echo '{'
	} >list
	gitaly_restores 3 --remove-all=default
	same '' "$(words | grep remove || :)"
	[ -e s/x.git ]
}

@test "a list that has a repository twice: the second is refused" {
	backed_up 18.11.0 a.git
	lines a.git a.git >list
	gitaly_restores 4
	same "is on the list already" "$(jq -r 'select(.error).error' out)"
	same 1 "$(wc -l <record.in)"
}

@test "a restore that fails: the reason, the others are done" {
	backed_up 18.11.0 a.git b.git
	rm -rf s/*
	lines a.git b.git >list
	export FAKE_GITALY_FAULTS=fail:a.git
	gitaly_restores 4 --remove-all=default
	same "a.git failed 0
b.git ok 3" "$(statuses)"
	export FAKE_GITALY_FAULTS=die:2:11
	gitaly_restores 4
	grep -q '^glb-repos: default/b.git: gitaly-backup: killed by signal 11' err
}

@test "older layouts: by pointers where the version knows them, else refused" {
	backed_up 16.7.0 a.git
	rm -r t/manifests t/backup_ids
	cp -a s old
	for era in 16.9.0 17.6.0 18.9.0; do
		gitaly "$era"
		rm -rf s/* record
		gitaly_restores 0
		same '["restore","-path",".","-layout","pointer","-id=ID"]' "$(words)"
		back old a.git
	done
	gitaly 18.10.0
	sums s >before
	gitaly_restores 4
	same "glb-repos: default/a.git: gitaly-backup reads no backup without manifest since 18.10; see --engine=git" "$(cat err)"
	sums s | cmp before -
}

@test "the oldest layout, with a list of references and without" {
	backed_up 16.7.0 a.git b.git
	cp -a s old
	mkdir legacy
	for r in a b; do
		mv t/$r/ID/001.bundle legacy/$r.bundle
		mv t/$r/ID/001.refs legacy/$r.refs
	done
	rm -rf t legacy/b.refs
	mv legacy t
	for era in 16.7.0 18.9.0; do
		gitaly "$era"
		rm -rf s/* record
		gitaly_restores 4
		same '["restore","-path",".","-layout","pointer"]' "$(words)"
		back old a.git
		same "glb-repos: default/b.git: gitaly-backup reads no bundle without list of references; see --engine=git" "$(cat err)"
	done
}
