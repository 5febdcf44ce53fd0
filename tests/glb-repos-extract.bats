#!/usr/bin/env bats
# glb-repos extract: a plain repository out of a tree of backups.
# SPDX-License-Identifier: MIT
load helper
load repos

# extract CODE PATH [OPTION]... TREE DIR; see try.
extract() {
	lines "$2" >list
	try "$1" glb-repos extract "${@:3}" <list
}

# nothing: neither DIR d nor anything else was made here.
nothing() {
	[ ! -e d ]
	[ ! -L d ]
	same '' "$(find . -name '*glb-extract*')"
}

# is_as DIR PATH: it is what s/PATH is.
is_as() {
	git --git-dir="s/$2" show-ref --head >want || :
	git --git-dir="$1" show-ref --head | cmp - want
	cmp "s/$2/HEAD" "$1/HEAD"
	[ ! -d "s/$2/custom_hooks" ] || diff -r {"s/$2","$1"}/custom_hooks
	git --git-dir="$1" fsck --strict --no-dangling
}

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

@test "git that fails at any step, or none: status 1, nothing left" {
	local verb
	normal a.git
	create 0 a.git
	for verb in init index-pack pack-refs show-ref; do
		fake_git "[ \"\$2\" != $verb ] || exit 1"
		extract 1 a.git t d
		nothing
		PATH=${PATH#*:}
	done
	mkdir none
	ln -s "$(type -P glb-repos)" none
	PATH=$T/none try 1 glb-repos extract t d <list
	PATH=/usr/bin:/bin
	nothing
}

@test "a disk that takes no more: status 1, one message, nothing left" {
	local i
	empty a.git
	head -c 300000 /dev/urandom >blob
	commit a.git refs/heads/main
	g a.git tag blob "$(g a.git hash-object -w --stdin <blob)"
	create 0 a.git
	for i in 0 1 200; do
		try 1 bash -c '(trap "" XFSZ; ulimit -f "$1"
			exec glb-repos extract t d) <list 2>&1 >/dev/null | cat >&2
			exit "${PIPESTATUS[0]}"' - "$i"
		same 1 "$(wc -l <err)"
		grep -q '^glb-repos: default/a.git: .*: File too large$' err
		nothing
	done
}

@test "SIGTERM, SIGINT, SIGHUP end git, then us; nothing is left" {
	local got pid signal
	normal a.git
	create 0 a.git
	mkfifo alive never
	fake_git 'case $2 in index-pack)
		exec 9>$T/alive; echo here >&9; read <>$T/never ;; esac'
	for signal in TERM INT HUP; do
		env --default-signal=INT,HUP glb-repos extract t d \
			<list >out 2>err 3>&- &
		pid=$!
		exec 8<alive
		head -c 5 <&8 >/dev/null
		kill -$signal $pid
		cat <&8 >/dev/null
		got=0
		wait $pid || got=$?
		same "$((128 + $(kill -l $signal)))" $got
		[ ! -s out ]
		[ ! -s err ]
		nothing
	done
}

@test "killed before any change of files: DIR is whole, or not there" {
	local n=1
	normal a.git
	create 0 a.git
	until [ "$(killed $n glb-repos extract t d <list)" = 0 ]; do
		[ ! -e d ] || is_as d a.git
		rm -rf d .glb-extract.*
		n=$((n + 1))
		[ $n -lt 200 ]
	done
	[ $n -gt 5 ]
	is_as d a.git
}

@test "stdout closed or full: status 1; the repository is there, whole" {
	normal a.git
	create 0 a.git
	try 1 bash -c 'glb-repos extract t d <list >/dev/full'
	same 'glb-repos: standard output: No space left on device' "$(cat err)"
	is_as d a.git
	try 1 bash -c 'glb-repos extract t e <list >&-'
	is_as e a.git
}
