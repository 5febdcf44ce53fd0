#!/usr/bin/env bats
# glb-repos create: repositories that change, move or go while they are read.
# SPDX-License-Identifier: MIT
load helper
load repos

# meanwhile VERB SCRIPT: SCRIPT runs once, just before git VERB reads a.git.
meanwhile() {
	fake_git "case \$dir\$2 in */a.git$1) [ -e \$T/once ] || {
		touch \$T/once
		r() { \"\$real\" --git-dir=\$dir \"\$@\" </dev/null >/dev/null; }
		$2
	} ;; esac"
}

# agree: list and bundle of a.git do, and the backup is sound and comes back.
agree() {
	[ -e once ]
	[ ! -s err ]
	same "$(sort t/default/a.git/ID/001.refs)" \
		"$(sed '/^$/,$d; /^[#@]/d' t/default/a.git/ID/001.bundle | sort)"
	try 0 glb-repos verify t
	mv s old
	mkdir s
	restore 0
	g a.git show-ref |
		cmp - <(grep -v ' HEAD$' t/default/a.git/ID/001.refs)
	g a.git fsck --strict --no-dangling
}

@test "deleted before it is packed: it fails, the next is backed up" {
	normal a.git
	normal good.git
	meanwhile pack-objects 'rm -r $dir'
	fails_alone a.git "git show-ref: not a git repository: 's/a.git'"
	[ -e once ]
}

@test "deleted before all of it has been read: it fails" {
	normal a.git
	normal good.git
	fake_git 'case $dir$2 in */a.gitpack-objects)
		"$real" "$@"; rc=$?; rm -r $dir; exit $rc ;; esac'
	fails_alone a.git "HEAD: No such file or directory"
}

@test "deleted when all of it has been read: backed up" {
	normal a.git
	mkdir s/a.git/custom_hooks bin
	echo x >s/a.git/custom_hooks/update
	cp -r s kept
	printf '#!/bin/bash\n/bin/tar "$@"\nrm -r %q\n' "$T/s/a.git" >bin/tar
	chmod 755 bin/tar
	PATH=$T/bin:$PATH create 0 a.git
	[ ! -e s/a.git ]
	try 0 glb-repos verify t
	restore 0
	back kept a.git
}

@test "moved away before it is packed: it fails, the next is backed up" {
	normal a.git
	normal good.git
	meanwhile pack-objects 'mv $dir $T/elsewhere'
	fails_alone a.git "git show-ref: not a git repository: 's/a.git'"
}

@test "another in its place: never half of the one and half of the other" {
	normal good.git
	normal a.git
	empty b.git
	commit b.git refs/heads/later
	g b.git symbolic-ref HEAD refs/heads/later
	meanwhile pack-objects 'mv $dir $T/elsewhere; mv s/b.git $dir'
	fails_alone a.git "another took its place while it was read"
	[ -e once ]
}

@test "repacked and pruned before it is packed" {
	normal a.git
	meanwhile pack-objects 'r reflog expire --all; r gc -q --prune=now'
	create 0 a.git
	same '' "$(find s/a.git/objects -path '*/??/*')"
	agree
}

@test "repacked and pruned while it is packed" {
	local i
	normal a.git
	for i in {1..20}; do commit a.git refs/heads/$i refs/heads/main; done
	g a.git repack -dq
	commit a.git refs/heads/later refs/heads/main # not the pack alone
	fake_git 'case $dir$2 in */a.gitpack-objects)
		touch $T/once
		{
			read -r line
			echo "$line"
			"$real" --git-dir=$dir gc -q --prune=now
			cat
		} | "$real" "$@"
		exit ;; esac'
	create 0 a.git
	agree
}

@test "a reference deleted, its objects pruned, before they are packed" {
	normal a.git
	commit a.git refs/heads/doomed
	meanwhile pack-objects 'r update-ref -d refs/heads/doomed
		r prune --expire=now'
	create 0 a.git
	run ! grep doomed t/default/a.git/ID/001.refs
	agree
}

@test "a reference deleted, its objects kept, before they are packed" {
	normal a.git
	commit a.git refs/heads/doomed
	meanwhile pack-objects 'r update-ref -d refs/heads/doomed'
	create 0 a.git
	grep -q doomed t/default/a.git/ID/001.refs
	agree
}

@test "references made, moved, forced back before the objects are packed" {
	normal a.git
	cp -r s before
	meanwhile pack-objects 'r update-ref refs/heads/new main
		r update-ref refs/heads/main other
		r update-ref refs/heads/other main
		r tag -f v1 main; r pack-refs --all'
	create 0 a.git
	git --git-dir=before/a.git show-ref --head |
		cmp - t/default/a.git/ID/001.refs
	agree
}

@test "a that becomes a/b before the objects are packed" {
	normal a.git
	commit a.git refs/heads/a refs/heads/main
	meanwhile pack-objects 'r update-ref -d refs/heads/a
		r update-ref refs/heads/a/b main; r prune --expire=now'
	create 0 a.git
	grep -q ' refs/heads/a/b$' t/default/a.git/ID/001.refs
	agree
}

@test "HEAD that moves before the objects are packed" {
	normal a.git
	meanwhile pack-objects 'r symbolic-ref HEAD refs/heads/other'
	create 0 a.git
	agree
	same "ref: refs/heads/other" "$(cat s/a.git/HEAD)"
}

@test "the first push into what was empty, before it is looked at" {
	empty a.git --object-format=sha256
	mkdir other
	cp -r s other
	(cd other && commit a.git refs/heads/main)
	meanwhile show-ref 'cp -r other/s/a.git/{objects,refs} $dir'
	create 0 a.git
	agree
}

@test "a reference that breaks or is mended between two looks" {
	normal a.git
	echo garbage >s/a.git/refs/heads/bad
	meanwhile for-each-ref 'echo garbage >$dir/refs/heads/worse'
	create 4 a.git
	same "2 broken references are left out; the first is refs/heads/bad" \
		"$(jq -r .error out)"
	rm s/a.git/refs/heads/{bad,worse}
	: >err
	agree
}

@test "taken anew, what is broken is counted anew" {
	normal a.git
	commit a.git refs/heads/doomed
	echo garbage >s/a.git/refs/heads/bad
	meanwhile pack-objects 'oid=$(cat $dir/refs/heads/doomed)
		rm -f $dir/refs/heads/doomed $dir/objects/${oid:0:2}/${oid:2}'
	create 4 a.git
	same "1 broken references are left out; the first is refs/heads/bad" \
		"$(jq -r .error out)"
	same 1 "$(wc -l <err)"
	rm s/a.git/refs/heads/bad
	: >err
	agree
}
