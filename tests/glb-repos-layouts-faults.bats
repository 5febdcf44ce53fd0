#!/usr/bin/env bats
# glb-repos restore: older layouts that are damaged, or made to do harm.
# SPDX-License-Identifier: MIT
load helper
load repos
load layouts

# pointers: a backup of two steps, and a repository that differs from it.
pointers() {
	normal a.git
	by_pointer a.git 1700
	commit a.git refs/heads/more main
	further a.git
	commit a.git refs/heads/since main
	lines a.git >list
	sums s/a.git >before
}

# refused REASON [OPTION]...: the repository stays as it was.
refused() {
	restore 4 "${@:2}"
	same "glb-repos: default/a.git: $1" "$(head -n 1 err)"
	sums s/a.git | cmp before -
}

@test "a pointer to a backup must be the name of one" {
	pointers
	cp -r t/a/1700 t/outside
	while IFS=: read -r text reason; do
		# shellcheck disable=SC2059 # it is a format, for \0
		printf "$text" >t/a/LATEST
		refused "a/LATEST: the backup's name $reason"
	done <<-'END'
		../outside:holds a slash
		/etc:holds a slash
		.:starts with a dot
		..:starts with a dot
		+latest:starts with a plus sign
		:is empty
		\n:is empty
		1700\n\n:holds a control character
		\377:is not UTF-8
	END
	printf '1700\0' >t/a/LATEST
	refused "a/LATEST: not a text"
	printf 1800 >t/a/LATEST
	refused "a/1800/LATEST: missing"
	printf '1700\n' >t/a/LATEST
	restore 0
	g a.git rev-parse -q --verify refs/heads/more
}

@test "a pointer to a step must be a sane number" {
	pointers
	for text in '' 0 000 -1 +2 2x ' 2' 0x2 99999999999999999999 40001; do
		printf %s "$text" >t/a/1700/LATEST
		refused "a/1700/LATEST: not the number of a step"
		refused "a/1700/LATEST: not the number of a step" --id=1700
	done
	printf 003 >t/a/1700/LATEST
	refused "a/1700/003.refs: missing"
	for text in 2 002 $'002\n'; do
		printf %s "$text" >t/a/1700/LATEST
		restore 0 --keep-replaced
	done
}

@test "pointers that are no files, too long or links lead nowhere" {
	pointers
	mkfifo fifo
	echo 1700 >LATEST
	head -c 5000 /dev/zero | tr '\0' 1 >long
	for kind in 'ln -s ../../LATEST' 'mkfifo' 'cp long'; do
		rm t/a/LATEST
		$kind t/a/LATEST
		restore 4
		grep -q '^glb-repos: default/a.git: a/LATEST: ' err
	done
	rm t/a/LATEST
	ln -s a t/b
	printf 1700 >t/a/LATEST
	sed s/a.git/b.git/ list >other
	try 4 glb-repos restore --storage=default=s t <other
	# Another repository may be called so.
	rm t/a/LATEST
	mkdir t/a/LATEST
	refused "no backup"
	rm -r t/a
	echo >t/a
	refused "no backup"
}

@test "each file of each step is needed, whole" {
	pointers
	for f in 001.bundle 002.bundle 002.refs; do
		mv t/a/1700/$f kept
		refused "a/1700/$f: missing"
		head -c -9 kept | tr b '\0' >t/a/1700/$f
		restore 4
		grep -q "^glb-repos: default/a.git: a/1700/$f: " err
		mv kept t/a/1700/$f
	done
	sums s/a.git | cmp before -
	rm -r t/a
	by_bundle a.git
	mv t/a.bundle kept
	refused "a.bundle: missing"
	head -c -7 kept >t/a.bundle
	rm t/a.refs
	restore 4
	grep -q '^glb-repos: default/a.git: a.bundle: ' err
	echo >t/a.bundle
	restore 4
	grep -q '^glb-repos: default/a.git: a.bundle: ' err
}

@test "a list of references that is not one harms nothing" {
	local oid
	pointers
	oid=$(g a.git rev-parse main)
	for text in x "$oid refs/../../x" "$(printf %040d 1) HEAD"; do
		echo "$text" >t/a/1700/002.refs
		restore 4
		sums s/a.git | cmp before -
	done
	rm -r t/a
	by_bundle a.git
	rm t/a.refs
	sed -i 's,refs/heads/main$,refs/heads/zzzz,' t/a.bundle
	refused "a.bundle: the list of references is not in order"
}
