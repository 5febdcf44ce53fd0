#!/usr/bin/env bats
# glb-repos create and restore by a gitaly-backup of every era.
# SPDX-License-Identifier: MIT
load helper
load repos
load gitaly

# round ERA: backs up repositories in every state, changes them, restores them.
round() {
	gitaly "$1"
	[ -e s/a ] || all_kinds
	rm -rf t old
	by_gitaly 0 ID "${kinds[@]}" m.git
	same "$states" "$(statuses)"
	[ ! -s err ]
	[ -f t/backup_ids/ID ]
	[ -f t/manifests/default/m.git/ID.toml ]
	same '' "$(find t -name '*.attrs' -o -name '.glb*')"
	cp -a s old
	rm -rf s/h.git
	commit a/b.git refs/heads/since refs/heads/main
	g a/b.git update-ref -d refs/heads/other
	gitaly_restores 0
	same "$states" "$(statuses)"
	[ ! -s err ]
	back old "${kinds[@]}"
}
states="a/b.git ok 3
e.git empty 0
h.git ok 3
m.git missing 0"

@test "pointers: 16.7, 16.9" {
	round 16.7.0
	[ -f t/a/b/ID/LATEST ]
	round 16.9.0
	[ -f t/manifests/default/a/b.git/+latest.toml ]
}

@test "manifests: 16.11, 17.0 with files of attributes, 17.2" {
	for era in 16.11.0 17.0.2 17.2.0; do
		round "$era"
		try 0 glb-repos verify t
	done
}

@test "manifests that tell what is empty or missing: 17.6, 17.10" {
	for era in 17.6.0 17.10.0; do
		round "$era"
		try 0 glb-repos verify t
	done
}

@test "restored in place: 18.3, 18.10" {
	for era in 18.3.0 18.10.0; do
		round "$era"
		try 0 glb-repos verify t
	done
}

@test "markers of runs: 18.11, 19.0" {
	for era in 18.11.0 19.0.1; do
		round "$era"
		try 0 glb-repos verify t
	done
}

@test "SHA-256, by the first and the last era" {
	for era in 16.7.0 19.0.1; do
		gitaly "$era"
		[ -e s/256.git ] || normal 256.git --object-format=sha256
		rm -rf t
		by_gitaly 0 ID 256.git
		same "256.git ok 3" "$(statuses)"
		cp -a s old
		rm -rf s/256.git
		gitaly_restores 0
		back old 256.git
		rm -rf old
	done
}
