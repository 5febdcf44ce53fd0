#!/usr/bin/env bats
# glb-repos create and restore by gitaly-backup: how it is called, and for what.
# SPDX-License-Identifier: MIT
load helper
load repos
load gitaly

@test "both engines restore what the other one has backed up" {
	for era in 17.6.0 18.11.0; do
		gitaly "$era"
		[ -e s/a ] || all_kinds
		rm -rf t
		by_gitaly 0 ID "${kinds[@]}"
		cp -a s old
		rm -rf s/*
		restore 0
		back old "${kinds[@]}"
		rm -rf t s
		mv old s
		create 0 "${kinds[@]}"
		cp -a s old
		rm -rf s/*
		gitaly_restores 0
		back old "${kinds[@]}"
		rm -rf old
	done
}

@test "each era gets the flags that it has, and the working directory TREE" {
	while read -r era layout; do
		gitaly "$era"
		rm -rf t record
		by_gitaly 0 ID m.git -- -j3 --jobs-per-storage=2
		same '[["--version"],["create","-path",".",'"$layout"'"-parallel=3","-parallel-storage=2","-id=ID"]]' \
			"$(jq -sc 'map(.argv)' record)"
		same "$T/t" "$(tail -n1 record | jq -r .cwd)"
	done <<-END
		16.7.0 "-layout","pointer",
		16.9.0 "-layout","pointer",
		16.10.0 "-layout","manifest",
		18.9.9 "-layout","manifest",
		18.10.0
		19.0.1
	END
}

@test "TREE's name may hold what is special in a URL" {
	gitaly 18.11.0
	normal a.git
	lines a.git >list
	tree='x?y#z%41 b'
	try 0 glb-repos create --engine=gitaly --id=ID "$tree" <list
	[ -f "$tree/default/a.git/ID/001.bundle" ]
	try 0 glb-repos restore --engine=gitaly "$tree" <list
}

@test "a version too old, or none, is told before anything is done" {
	gitaly 16.6.9
	program=$BATS_TEST_DIRNAME/fakes/gitaly-backup
	by_gitaly 1 ID a.git
	same "glb-repos: $program: version 16.6.9 is too old: 16.7 is the oldest that can be used; see --engine=git" "$(cat err)"
	[ ! -e t ]
	sed -i "s,gitaly_backup_path: .*},gitaly_backup_path: $T/other}," gitlab/config/gitlab.yml
	by_gitaly 1 ID a.git
	same "glb-repos: $T/other: there is no such program" "$(cat err)"
	printf '#!/bin/sh\necho Gitaly Backup, version main\n' >other
	chmod 755 other
	by_gitaly 1 ID a.git
	same "glb-repos: $T/other --version: not a version: \"Gitaly Backup, version main\"" "$(cat err)"
	[ ! -e t ]
}

@test "auto: Gitaly's program if there is one, and no --storage" {
	gitaly 18.11.0
	normal a.git
	lines a.git >list
	try 0 glb-repos create --id=A t <list
	[ -e record ]
	rm record
	create 0 a.git
	[ ! -e record ]
	sed -i /gitaly_backup_path/d gitlab/config/gitlab.yml
	sed -i "s,gitaly_address,path: $T/s\, gitaly_address," gitlab/config/gitlab.yml
	try 0 glb-repos create --id=B t <list
	[ ! -e record ]
	PATH=$BATS_TEST_DIRNAME/fakes:$PATH
	try 0 glb-repos create --id=C t <list
	[ -e record ]
}

@test "what makes no sense is refused: status 2, and nothing is run" {
	gitaly 18.11.0
	mkdir t
	while read -ra words; do
		rm -f record
		try 2 glb-repos "${words[@]}" --engine=gitaly </dev/null
		[ ! -s out ]
		[ ! -e record ] || same 1 "$(wc -l <record)"
	done <<-END
		create --id=I --storage=default=s t
		restore --keep-replaced t
		create --id=I --server-side t
		create --id=I
		restore
		create --id=I --server-side --base=b
		create --id=I --server-side --full-every=1d
		create --id=../x t
		create t
		restore --remove-all=other t
	END
	try 2 glb-repos create --engine=git --id=I --server-side </dev/null
}
