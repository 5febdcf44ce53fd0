#!/usr/bin/env bats
# glb-repos create --base: a tree that shares with another, and needs it not.
# SPDX-License-Identifier: MIT
load helper
load repos
load incremental

# two: base holds the backups one and two of a.git, and one of b.git.
two() {
	normal a.git
	mkdir s/a.git/custom_hooks
	echo hook >s/a.git/custom_hooks/update
	normal b.git
	increment 0 one a.git b.git
	commit a.git refs/heads/main refs/heads/main
	increment 0 two a.git
	mv t base
	commit a.git refs/heads/new refs/heads/main
}

@test "files are hard links, manifests copies, all times as they were" {
	local file
	two
	(cd base && find . ! -type d -printf '%P %T@\n' | sort) >want
	upon 0 base three a.git b.git
	[ ! -s err ]
	for file in default/a.git/{one/001,two/002}.{refs,bundle,custom_hooks.tar}; do
		same 2 "$(stat -c %h "t/$file")"
	done
	same '' "$(find t/manifests -type f -links +1)"
	(cd t && find . ! -type d ! -path '*/three*' ! -name '+latest*' \
		-printf '%P %T@\n' | sort) | cmp - <(grep -v +latest want)
	grep -q '"a.git","status":"ok","refs":4,"bytes":[0-9]*,"steps":3}' out
	grep -q '"b.git","status":"unchanged","refs":3,"bytes":[0-9]*,"steps":2}' out
}

@test "without the base, every backup of the new tree comes back" {
	two
	upon 0 base three a.git b.git
	rm -rf base
	try 0 glb-repos verify t
	[ ! -s err ]
	returns one a.git b.git
	returns two a.git
	returns three a.git b.git
}

@test "verify: shared files need no manifest of their own id, but some one" {
	two
	upon 0 base three a.git
	rm t/manifests/default/a.git/one.toml
	try 0 glb-repos verify t
	rm t/manifests/default/a.git/{two,three,+latest}.toml
	try 3 glb-repos verify t
	grep -q 'a.git/one/001.refs: no manifest names it' err
}

# without_links ERRNO COMMAND...: hard links fail with this number.
without_links() {
	[ -e nolink.so ] || cc -shared -fPIC -O1 -D_GNU_SOURCE \
		-D_FILE_OFFSET_BITS=64 -o nolink.so "$BATS_TEST_DIRNAME/nolink.c"
	NOLINK=$1 LD_PRELOAD=$T/nolink.so \
		ASAN_OPTIONS=verify_asan_link_order=0 "${@:2}"
}

@test "where no link can be, files are copied, which is told once" {
	local reason file errno
	two
	export NORANGE
	for reason in 18:'Invalid cross-device link' 1:'Operation not permitted' \
		31:'Too many links' 95:'Operation not supported'; do
		errno=${reason%%:*}
		[ "$errno" -lt 18 ] || unset NORANGE
		rm -rf t
		lines a.git b.git >list
		try 0 without_links "$errno" glb-repos create --base=base \
			--id=three --storage=default=s t <list
		same "glb-repos: t: files of base are copied: ${reason#*:}" "$(cat err)"
		grep -q '"steps":3' out
		for file in default/a.git/{one/001,two/002}.{refs,bundle,custom_hooks.tar}; do
			cmp {base,t}/"$file"
			same "1 600 $(stat -c %y base/"$file")" "$(stat -c '%h %a %y' t/"$file")"
		done
		NORANGE=1
	done
	rm -r base
	try 0 glb-repos verify t
	same '' "$(find t -name '.glb*')"
}

@test "another failure to link: the repository fails, nothing of it is left" {
	two
	lines a.git >list
	try 1 without_links 28 glb-repos create --base=base --id=three \
		--storage=default=s t <list
	same "glb-repos: t: No space left on device" "$(cat err)"
	same '' "$(find t -type f)"
}

@test "the base is the tree itself, is not there, has the id: 1, nothing done" {
	two
	cp -r base before
	lines a.git >list
	try 1 glb-repos create --base=base/. --id=three --storage=default=s base <list
	same "glb-repos: base/.: the base is the tree itself" "$(cat err)"
	try 1 glb-repos create --base=none --id=three --storage=default=s t <list
	same "glb-repos: none: No such file or directory" "$(cat err)"
	[ ! -e t ]
	try 1 glb-repos create --base=base --id=two --storage=default=s t <list
	same "glb-repos: base: has a backup two already" "$(cat err)"
	diff -r base before
}

@test "a base of another's making: only its own plain files are shared" {
	local m=base/manifests/default/a.git path
	two
	echo secret >secret
	ln -s .. base/link
	mkfifo -m 600 base/default/a.git/one/fifo
	lines a.git >list
	for path in ../secret /etc/passwd manifests/default/b.git/one.toml \
		backup_ids/one link/x default/a.git/one/fifo; do
		sed -i "s|^custom_hooks_path.*|custom_hooks_path = '$path'|" $m/two.toml
		rm -rf t
		try 0 glb-repos create --base=base --id=three \
			--storage=default=s t <list
		grep -q '^glb-repos: default/a.git: its newest backup cannot be built' err
		grep -q '"status":"ok","refs":4,"bytes":[0-9]*}$' out
		try 0 glb-repos verify t
		[ ! -e t/manifests/default/b.git ]
		same '' "$(find t -not -type f -not -type d)"
		! grep -rq secret t
	done
}

@test "a file of another content is in the way: the repository fails" {
	two
	mkdir -p t/default/a.git/two
	echo other >t/default/a.git/two/002.bundle
	lines a.git b.git >list
	try 4 glb-repos create --base=base --id=three --storage=default=s t <list
	same "glb-repos: default/a.git: default/a.git/two/002.bundle: the tree has another file of this name" "$(cat err)"
	same default/a.git/two/002.bundle "$(cd t && find * -path '*a.git*' -type f)"
	grep -q '"b.git","status":"unchanged"' out
}

@test "a run that is killed anywhere leaves the base as it was" {
	local n=0 got=137
	two
	sums base >before
	lines a.git >list
	while [ "$got" -eq 137 ]; do
		rm -rf t
		n=$((n + 1))
		got=$(killed $n glb-repos create --base=base --id=three \
			--storage=default=s t <list)
		sums base | cmp - before
		# Its marker is the last thing, when all is there.
		[ ! -e t/backup_ids/three ] || try 0 glb-repos verify t
	done
	same 0 "$got"
	[ "$n" -gt 30 ]
}

@test "two runs at once upon one base, and a second increment of each" {
	two
	upon 0 base three a.git
	mv t first
	upon 0 base drei a.git
	mv t second
	commit a.git refs/heads/more refs/heads/main
	upon 0 second four a.git
	rm -r base first second
	grep -q '"steps":4' out
	try 0 glb-repos verify t
	returns four a.git
}

@test "into a tree that has a backup of its own: the base's is continued" {
	two
	lines a.git >list
	try 0 glb-repos create --id=own --storage=default=s t <list
	upon 0 base three a.git
	[ ! -s err ]
	grep -q '"steps":3' out
	try 0 glb-repos verify t
	returns three a.git
}
