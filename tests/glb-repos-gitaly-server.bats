#!/usr/bin/env bats
# Server-side backups: Gitaly writes and reads them without us.
# SPDX-License-Identifier: MIT
load helper
load repos
load gitaly

# server CODE VERB [OPTION...]: the list, by the server; see try.
server() {
	try "$1" glb-repos "$2" --server-side "${@:3}" <list
}

@test "a round trip, without a tree and without a byte through us" {
	export FAKE_GITALY_BUCKET=$T/bucket
	for era in 16.11.0 17.10.0 19.0.1; do
		gitaly "$era"
		normal a.git
		cp -a s old
		lines a.git m.git >list
		server 0 create --id=ID -j2
		if [ "$era" = 16.11.0 ]; then m=missing; else m=ok; fi
		same "a.git ok 0
m.git $m 0" "$(statuses)"
		[ -f bucket/default/a.git/ID/001.bundle ]
		same "$T" "$(tail -n1 record | jq -r .cwd)"
		same '["create","-server-side","-parallel=2","-id=ID"]' "$(tail -n1 record | jq -c .argv)"
		rm -rf s/a.git
		lines a.git >list
		server 0 restore --id=ID --remove-all=default
		same '["restore","-server-side","-id=ID","-remove-all-repositories=default"]' \
			"$(tail -n1 record | jq -c .argv)"
		back old a.git
		rm -rf s old bucket
	done
}

@test "increments are Gitaly's own; the newest backup needs no id" {
	export FAKE_GITALY_BUCKET=$T/bucket
	gitaly 18.11.0
	normal a.git
	lines a.git >list
	server 0 create --id=A
	commit a.git refs/heads/new refs/heads/main
	cp -a s old
	server 0 create --id=B --incremental
	[ -f bucket/default/a.git/B/002.bundle ]
	rm -rf s/a.git
	server 0 restore
	back old a.git
}

@test "what fails on the server fails here; a pair that is sent is not sent twice" {
	export FAKE_GITALY_BUCKET=$T/bucket FAKE_GITALY_FAULTS=fail:a.git
	gitaly 18.11.0
	normal a.git
	lines a.git >list
	server 4 create --id=A
	same "a.git failed 0" "$(statuses)"
	sed -i /gitaly_backup_path/d gitlab/config/gitlab.yml
	server 1 create --id=A
	same "glb-repos: gitaly-backup: there is no such program" "$(cat err)"
}
