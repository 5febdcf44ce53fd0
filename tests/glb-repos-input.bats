#!/usr/bin/env bats
# What glb-repos create makes of its input, options and standard streams.
# SPDX-License-Identifier: MIT
load helper
load repos

# refused JSON REASON: a repository that is not even tried.
refused() {
	printf '%s\n' "$1" >list
	try 4 glb-repos create --id=ID --storage=default=s t <list
	same "$2" "$(sed 's/.*"error":"\(.*\)"}$/\1/' out)"
	same 1 "$(grep -c '^glb-repos: .*: ' err)"
	same '' "$(find t -type f)"
}

# rp PATH: JSON of a repository, with PATH as it stands.
rp() {
	printf '{"storage_name":"default","relative_path":"%s"}' "$1"
}

@test "hostile names are refused, and nothing is written anywhere" {
	mkdir s
	refused "$(rp '../s/a.git')" "relative_path has a component of dots"
	refused "$(rp 'a/../../b.git')" "relative_path has a component of dots"
	refused "$(rp './a.git')" "relative_path has a component of dots"
	refused "$(rp '/etc')" "relative_path is absolute"
	refused "$(rp 'a//b.git')" "relative_path has an empty component"
	refused "$(rp 'a.git/')" "relative_path has an empty component"
	refused "$(rp '')" "relative_path is empty"
	refused "$(rp 'a\u0000b')" "relative_path holds a NUL"
	refused "$(rp 'a\nb')" "relative_path holds a control character"
	refused "$(rp 'a\u001b[31m')" "relative_path holds a control character"
	refused '{"relative_path":"a.git"}' "storage_name is empty"
	refused '{"storage_name":"a/b","relative_path":"c"}' \
		"storage_name holds a slash"
	refused '{"storage_name":"..","relative_path":"c"}' \
		"storage_name starts with a dot"
	refused '{"storage_name":"manifests","relative_path":"c"}' \
		"storage_name is reserved"
	refused "$(rp "$(printf 'x%.0s' {1..300})")" "File name too long"
	same "list s t" "$(find . -maxdepth 1 -name '[lst]*' -printf '%f\n' |
		sort | xargs)"
}

@test "a message shows control characters, and stays on one line" {
	mkdir s
	refused "$(rp 'a\u001b\nb')" "relative_path holds a control character"
	same 'glb-repos: default/a\x1B b: relative_path holds a control character' \
		"$(cat err)"
}

@test "a damaged list: status 3 and the line; no id is marked" {
	local bad n=0
	normal a.git
	while read -r bad why; do
		n=$((n + 1))
		{
			lines a.git
			printf '%b' "$bad"
		} >list
		try 3 glb-repos create --id=ID --storage=default=s "t$n" <list
		same "glb-repos: standard input: line 2: $why" "$(cat err)"
		[ ! -e "t$n/backup_ids" ]
		same '' "$(find "t$n" -name '.glb*')"
	done <<-'END'
		{"storage_name":} unexpected character
		{"storage_name":"default" ends inside an object
		[] not an object
		null\040 not an object
		{"storage_name":7} storage_name: not a string
		{"storage_name":"\0377"} invalid utf-8 string
		{"a"\0401} object property name separator ':' expected
		{"a":[[[[[[[[[[[[]]]]]]]]]]]]} nesting too deep
	END
	same 8 "$n"
}

@test "an object without an end is not kept in memory: status 3" {
	mkdir s
	{
		printf '{"storage_name":"'
		head -c 1000000 /dev/zero | tr '\0' x
	} >list
	try 3 glb-repos create --id=ID --storage=default=s t <list
	same "glb-repos: standard input: line 1: object too long" "$(cat err)"
}

@test "an empty list: done, and no id is marked" {
	try 0 glb-repos create --id=ID --storage=default=s t </dev/null
	same '' "$(cat out err; ls -A t)"
}

@test "stdin closed or a directory: status 1" {
	try 1 glb-repos create --id=ID --storage=default=s t <&-
	same "glb-repos: standard input: Bad file descriptor" "$(cat err)"
	try 1 glb-repos create --id=ID --storage=default=s t <.
	same "glb-repos: standard input: Is a directory" "$(cat err)"
}

@test "stdout full or closed: status 1, one message, no id is marked" {
	local got=0
	normal a.git
	lines a.git >list
	glb-repos create --id=ID --storage=default=s t <list >/dev/full 2>err ||
		got=$?
	same 1 $got
	same "glb-repos: standard output: No space left on device" "$(cat err)"
	[ ! -e t/backup_ids ]
	got=0
	glb-repos create --id=ID --storage=default=s u <list >&- 2>err || got=$?
	same 1 $got
	same "glb-repos: standard output: Bad file descriptor" "$(cat err)"
}

@test "reader gone early: we end by SIGPIPE" {
	normal a.git
	lines {1..3000}.git >list
	run bash -c 'glb-repos create --id=ID --storage=default=s t <list |
		head -n 1 >/dev/null; exit ${PIPESTATUS[0]}'
	same 141 "$status"
}

@test "wrong options: status 2, stdout empty, nothing is made" {
	local why
	while read -r why args; do
		# shellcheck disable=SC2086 # words of a command line
		try 2 glb-repos $args </dev/null
		[ ! -s out ]
		grep -qF -e "${why//_/ }" err
		[ ! -e t ]
	done <<-'END'
		missing_argument create --id=ID
		name_is_missing create t
		name_holds_a_slash create --id=a/b t
		name_starts_with_a_dot create --id=.. t
		name_starts_with_a_plus_sign create --id=+latest t
		name_is_empty create --id= t
		not_NAME=DIR create --id=ID --storage=s t
		not_NAME=DIR create --id=ID --storage=s= t
		name_is_empty create --id=ID --storage==s t
		name_is_given_twice create --id=ID --storage=a=s --storage=a=s t
		not_one_of_auto,_git create --id=ID --engine=svn t
		not_a_number create --id=ID --jobs=0 t
		not_an_option_of_list list --id=ID
		unknown_verb nonsense t
		no_verb
	END
}

@test "a storage that is unknown, or not there, fails its repositories only" {
	normal a.git
	{
		lines a.git
		echo '{"storage_name":"gone","relative_path":"a.git"}'
		echo '{"storage_name":"none","relative_path":"a.git"}'
	} >list
	try 4 glb-repos create --id=ID --storage=default=s --storage=gone=nowhere \
		--context=none.yml t <list
	grep -qxF 'glb-repos: gone/a.git: storage: nowhere: No such file or directory' err
	grep -qxF 'glb-repos: none/a.git: unknown storage' err
	same "failed failed ok" "$(cut -d'"' -f12 out | sort | xargs)"
	whole a.git
}

@test "a tree that cannot be made: status 1" {
	touch file
	try 1 glb-repos create --id=ID --storage=default=s file </dev/null
	same "glb-repos: file: Not a directory" "$(cat err)"
}

# site: a site whose gitlab.yml knows the storages default and other.
site() {
	mkdir -p site/config
	echo 17.11.0 >site/VERSION
	cat >site/config/gitlab.yml <<-END
		production:
		  gitlab: {user: $(id -un)}
		  repositories:
		    storages:
		      default: {path: "$T/wrong", gitaly_address: "unix:/x"}
		      other: {path: "$T/s2", gitaly_address: "unix:/x"}
	END
	cat >site/config/database.yml <<-END
		production:
		  main: {adapter: postgresql, database: x}
	END
	export GITLAB_PATH=$T/site
}

@test "storages are the site's, but --storage wins over it" {
	site
	normal a.git
	cp -r s s2
	{
		lines a.git
		echo '{"storage_name":"other","relative_path":"a.git"}'
	} >list
	try 0 glb-repos create --id=ID --storage=default=s t <list
	whole a.git
	cmp t/{default,other}/a.git/ID/001.refs
	try 4 glb-repos create --id=ID u <list
	grep -qxF "glb-repos: default/a.git: storage: $T/wrong: No such file or\
 directory" err
	cmp {t,u}/other/a.git/ID/001.refs
}

@test "no site and no --storage: status 1 before anything is made" {
	lines a.git >list
	try 1 glb-repos create --id=ID --context=none.yml t <list
	same 1 "$(grep -c '^glb-repos: ' err)"
	[ ! -s out ]
	[ ! -e t ]
}
