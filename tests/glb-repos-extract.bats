#!/usr/bin/env bats
# glb-repos extract: a plain repository out of a tree of backups.
# SPDX-License-Identifier: MIT
load helper
load repos
load layouts
load extracting

@test "a repository comes out: references, HEAD, hooks, objects" {
	normal a/b.git
	mkdir s/a/b.git/custom_hooks
	echo '#!/bin/sh' >s/a/b.git/custom_hooks/hook
	create 0 a/b.git
	extract 0 a/b.git t d
	is_as d a/b.git
	same "d list s t" "$(ls -A | grep -v -e out -e err -e want | xargs)"
	same "$(result a/b.git ok 3 \
		"$(cat t/default/a/b.git/ID/001.* | wc -c)")" \
		"$(cat out)"
	[ ! -s err ]
	same true "$(git --git-dir=d rev-parse --is-bare-repository)"
	git clone -q d clone
	echo refs/heads/main | cmp - clone/file
}

@test "empty, detached, SHA-256: as they were" {
	empty e.git --initial-branch=trunk
	normal d.git
	g d.git update-ref --no-deref HEAD refs/heads/other
	normal sha256.git --object-format=sha256
	create 0 e.git d.git sha256.git
	extract 0 e.git t e
	is_as e e.git
	same "$(result e.git empty 0 0)" "$(cat out)"
	extract 0 d.git t d
	is_as d d.git
	extract 0 sha256.git t sha
	is_as sha sha256.git
}

@test "--id chooses; without it the newest counts" {
	normal a.git
	create 0 a.git
	mv s old
	normal a.git
	commit a.git refs/heads/since refs/heads/main
	try 0 glb-repos create --id=new --storage=default=s t <list
	extract 0 a.git t d
	is_as d a.git
	mv old s/old
	extract 0 a.git --id=ID t e
	is_as e old/a.git
	extract 1 a.git --id=no t f
	grep -q '^glb-repos: default/a.git: ' err
	[ ! -e f ]
}

@test "no site, no home, any place and name of DIR" {
	local dir
	normal a.git
	create 0 a.git
	lines a.git >list
	mkdir 'odd ?#%41'
	for dir in d/ ./e "$T/abs" -x $'odd ?#%41/\n"\\:x'; do
		try 0 env -i PATH="$PATH" ASAN_OPTIONS="${ASAN_OPTIONS-}" \
			glb-repos extract -- t "$dir" <list
		[ -e "$dir/HEAD" ]
		same '' "$(find . -name '*glb-extract*')"
	done
	is_as "$T/abs" a.git
}

@test "what is made belongs to us, with the rights that the umask leaves" {
	normal a.git
	create 0 a.git
	(umask 027 && extract 0 a.git t d)
	same "750 $(id -u)" "$(stat -c '%a %u' d)"
	same '' "$(find d ! -user "$(id -u)" -o ! -type l -perm /007)"
}

@test "what did not exist, is not in the tree, or is damaged: status 1" {
	normal a.git
	create 0 a.git no.git
	extract 1 no.git t d
	same 'glb-repos: default/no.git: did not exist when it was backed up' \
		"$(cat err)"
	same "$(result no.git missing 0 0)" "$(cat out)"
	nothing
	extract 1 other.git t d
	grep -q '^glb-repos: default/other.git: ' err
	grep -q '"status":"failed"' out
	nothing
	truncate -s -1 t/default/a.git/ID/001.bundle
	extract 1 a.git t d
	same 'glb-repos: default/a.git: default/a.git/ID/001.bundle: git index-pack: early EOF' \
		"$(cat err)"
	nothing
	rm -r t/default
	extract 1 a.git t d
	nothing
	extract 1 a.git none d
	same 'glb-repos: none: No such file or directory' "$(cat err)"
}

@test "DIR is there already, as whatever: status 1 and untouched" {
	normal a.git
	create 0 a.git
	mkdir d
	echo x >f
	ln -s nowhere l
	for dir in d d/ f l . .. /; do
		extract 1 a.git t "$dir"
		same "glb-repos: $dir: File exists" "$(cat err)"
		[ ! -s out ]
	done
	same '' "$(ls d)"
	same x "$(cat f)"
	[ ! -e nowhere ]
}

@test "DIR comes to be there meanwhile: status 1 and untouched" {
	normal a.git
	create 0 a.git
	fake_git '[ "$2" != pack-refs ] || mkdir $T/d'
	extract 1 a.git t d
	same "glb-repos: default/a.git: d: File exists" "$(cat err)"
	same '' "$(ls d)"
	rmdir d
	nothing
}

@test "DIR's parent is missing, a file, not ours to write: status 1" {
	local as=()
	normal a.git
	create 0 a.git
	extract 1 a.git t no/d
	same 'glb-repos: no/d: No such file or directory' "$(cat err)"
	extract 1 a.git t list/d
	same 'glb-repos: list/d: Not a directory' "$(cat err)"
	extract 1 a.git t ''
	same 'glb-repos: : No such file or directory' "$(cat err)"
	mkdir -m 555 locked
	open_test
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --clear-groups)
	chmod -R a+rX t
	try 1 "${as[@]}" glb-repos extract t locked/d <list
	grep -qx 'glb-repos: locked/.glb-extract.*: Permission denied' err
	same '' "$(ls -A locked)"
	nothing
}

@test "stdin names none, more than one, or what cannot be: status 3" {
	normal a.git
	create 0 a.git
	try 3 glb-repos extract t d </dev/null
	same 'glb-repos: standard input: no repository is named' "$(cat err)"
	lines a.git a.git >list
	try 3 glb-repos extract t d <list
	same 'glb-repos: standard input: more than one repository is named' \
		"$(cat err)"
	(lines a.git && echo '{') >list
	try 3 glb-repos extract t d <list
	lines 'a\u0000.git' >list
	try 3 glb-repos extract t d <list
	lines ../s/a.git >list
	try 3 glb-repos extract t d <list
	same 'glb-repos: standard input: relative_path has a component of dots' \
		"$(cat err)"
	lines a.git | sed 's/default/manifests/' >list
	try 3 glb-repos extract t d <list
	same 'glb-repos: standard input: storage_name is reserved' "$(cat err)"
	try 1 sh -c 'exec glb-repos extract t d <&-'
	[ ! -s out ]
	nothing
}

@test "wrong options: status 2, nothing made" {
	normal a.git
	create 0 a.git
	try 2 glb-repos extract t <list
	try 2 glb-repos extract t d e <list
	try 2 glb-repos extract --id=../x t d <list
	try 2 glb-repos extract --storage=default=s t d <list
	[ ! -s out ]
	nothing
}

@test "layouts without manifests: pointers with an increment, a bundle alone" {
	normal p.git
	by_pointer p.git one
	commit p.git refs/heads/since refs/heads/main
	further p.git
	normal b.git
	by_bundle b.git
	for path in p b; do
		try 0 glb-repos find $path.git t </dev/null
		mv out line
		grep -q '"storage_name":"default"' line
		try 0 glb-repos extract t $path <line
		is_as $path $path.git
	done
	try 0 glb-repos find --storages=other p.git t </dev/null
	grep -q '"storage_name":"other"' out
	try 1 glb-repos find c.git t </dev/null
}
