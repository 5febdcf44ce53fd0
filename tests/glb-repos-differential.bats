#!/usr/bin/env bats
# glb-repos create beside a plain script of git commands: the same tree.
# SPDX-License-Identifier: MIT
load helper
load repos
load histories

# header FILE: of a bundle, with the empty line.
header() {
	sed '/^$/q' "$1"
}

# told FILE: what the bundle's header says, the references it builds upon by
# their objects alone.
told() {
	header "$1" | sed 's/^\(-[0-9a-f]*\) .*/\1/' | sort
}

# pack FILE: what follows a bundle's header.
pack() {
	tail -c +$(($(header "$1" | wc -c) + 1)) "$1"
}

# same_bundle FILE REPOSITORY: the bundles in t and plain say the same and have
# as many objects, which go to {t,plain}-REPOSITORY.
same_bundle() {
	local tree
	cmp <(told "t/$1") <(told "plain/$1")
	cmp <(pack "t/$1" | head -c 12) <(pack "plain/$1" | head -c 12)
	[ "$(pack "t/$1" | wc -c)" -gt 0 ] || return 0
	for tree in t plain; do
		pack "$tree/$1" |
			git --git-dir="$tree-$2" index-pack --stdin --fix-thin >/dev/null
	done
}

# same_objects REPOSITORY: all bundles of its chain together have the same.
same_objects() {
	local tree
	[ -d "t-$1" ] || return 0
	for tree in t plain; do
		git --git-dir="$tree-$1" cat-file --batch-all-objects \
			--batch-check='%(objectname) %(objecttype)' >"$tree.objects"
	done
	cmp t.objects plain.objects
	rm -rf {t,plain}-"$1"
}

# both ID [OPTION]...: backs s up with either, from list.
both() {
	try 0 glb-repos create "${@:2}" --id="$1" --storage=default=s t <list
	sed 's/.*"relative_path":"//; s/".*//' list |
		"$BATS_TEST_DIRNAME/fakes/plain-create" s plain default "$1"
}

# same_trees: but for the bundles' bytes.
same_trees() {
	local file format repository
	diff -r -x '*.bundle' t plain
	cmp <(cd t && find . -name '*.bundle' | sort) \
		<(cd plain && find . -name '*.bundle' | sort)
	while read -r file; do
		repository=${file#default/} repository=${repository%%.git/*}
		repository=${repository//\//_}
		format=sha1
		! header "t/$file" | grep -q '^@object-format=sha256$' ||
			format=sha256
		# A chain that begins anew has objects again that are there already.
		case $file in
		*/001.bundle) same_objects "$repository" ;;
		esac
		[ -d "t-$repository" ] || for tree in t plain; do
			git init -q --bare --object-format=$format "$tree-$repository"
		done
		same_bundle "$file" "$repository"
	done < <(cd t && find default -name '*.bundle' -printf '%h %f %p\n' |
		awk '{ n = split($1, part, "/"); print part[n], $2, $3 }' | sort |
		cut -d ' ' -f 3)
	for repository in t-*; do same_objects "${repository#t-}"; done
}

@test "repositories of every form: lists, manifests and bundles as git makes them" {
	normal a/b.git
	normal sha256.git --object-format=sha256
	empty empty.git
	normal gone.git && rm -r s/gone.git
	normal hooks.git
	mkdir -p s/hooks.git/custom_hooks/update.d
	echo exit >s/hooks.git/custom_hooks/update.d/x
	normal names.git
	commit names.git $'refs/heads/\xc3\xa9'"'"'"$x'
	g names.git update-ref $'refs/heads/not-\xff-utf8' main
	normal head.git
	g head.git update-ref --no-deref HEAD other
	normal unborn.git
	g unborn.git symbolic-ref HEAD refs/heads/nowhere
	normal kinds.git
	g kinds.git update-ref refs/blob main:file
	g kinds.git update-ref refs/tree 'main^{tree}'
	g kinds.git tag -a -m nested nested v1
	g kinds.git symbolic-ref refs/heads/symbolic refs/heads/main
	g kinds.git notes add -m note main
	g kinds.git update-ref refs/keep-around/x "$(g kinds.git rev-parse other)"
	normal replaced.git
	g replaced.git replace "$(g replaced.git rev-parse other)" \
		"$(g replaced.git rev-parse main)"
	normal packed.git
	g packed.git gc -q
	commit packed.git refs/heads/loose refs/heads/main
	lines {a/b,sha256,empty,gone,hooks,names,head,unborn,kinds,replaced,packed}.git >list
	both ID
	same_trees
	commit kinds.git refs/heads/more refs/heads/other
	g kinds.git tag -a -m late late main
	g kinds.git update-ref refs/blob more:file
	g kinds.git update-ref refs/heads/on-old main
	g head.git update-ref --no-deref HEAD main
	g names.git update-ref -d refs/heads/other
	commit replaced.git refs/heads/new refs/heads/other
	commit empty.git refs/heads/main
	rm -r s/hooks.git/custom_hooks
	both ID2 --incremental
	same_trees
}

@test "random histories of increments: the same trees as git makes" {
	histories 30 6 7
	lines {1..30}.git >list
	for at in 1 2 3 4 5 6; do
		advance $at {1..30}
		both M$at --incremental
	done
	same_trees
}
