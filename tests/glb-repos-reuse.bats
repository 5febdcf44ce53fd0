#!/usr/bin/env bats
# glb-repos create: a repository's own pack, taken for the bundle or not.
# SPDX-License-Identifier: MIT
load helper
load repos

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	normal a.git
	commit a.git refs/heads/side refs/heads/other
	fake_git '[ "$1" = --version ] || case $dir in *a.git) echo $2 >>$T/log ;; esac'
}

# verbs: what git did for a.git meanwhile.
verbs() {
	grep -xE 'rev-list|pack-objects|show-ref|for-each-ref' log | xargs || :
}

# take [VERB]...: backed up whole, for which git does just this.
take() {
	: >log
	rm -rf t
	create 0 a.git
	same "$*" "$(verbs)"
	[ ! -s err ]
	whole a.git
}

# pack: what follows the bundle's header.
pack() {
	sed '1,/^$/d' t/default/a.git/ID/001.bundle
}

# its_own: the bundle has the very pack of the repository.
its_own() {
	pack | cmp - s/a.git/objects/pack/pack-*.pack
}

# lacks OBJECT: the bundle does not have it.
lacks() {
	rm -rf bare.git
	git init -q --bare bare.git
	pack | git --git-dir=bare.git index-pack --stdin >/dev/null
	run ! git --git-dir=bare.git cat-file -e "$1"
}

# tip NAME: its object.
tip() {
	g a.git rev-parse "$1"
}

@test "one pack and its bitmaps: git lists the objects by these, it is taken" {
	g a.git gc -q
	take rev-list
	its_own
	g a.git bundle verify -q "$T/t/default/a.git/ID/001.bundle"
	rm -r t
	circle a.git
}

@test "one pack without bitmaps: git lists the objects, the pack is taken" {
	g a.git gc -q
	rm s/a.git/objects/pack/*.bitmap
	take rev-list
	its_own
	rm -r t
	circle a.git
}

@test "bitmaps of a multi-pack-index with one pack: git reads them" {
	g a.git repack -adbq --write-midx
	compgen -G 's/a.git/objects/pack/multi-pack-index-*.bitmap'
	take rev-list
	its_own
}

@test "tags of tags, of blobs and of trees, as differences to each other" {
	local i at
	at=main
	for i in {1..30}; do
		g a.git tag -a -m "$(seq 300) $i" "v1.$i" "$at"
		at=v1.$i
	done
	g a.git tag -a -m x blob main:file
	g a.git tag -a -m x tree 'main^{tree}'
	g a.git tag -d v1.7 v1.8
	g a.git gc -q
	g a.git verify-pack -v s/a.git/objects/pack/*.idx >objects
	awk '$2 == "tag" && NF > 5' objects | grep -q .
	take rev-list
	its_own
	rm -r t
	circle a.git
}

@test "a bitmap that is a difference to that of a commit which was deleted" {
	local i gone
	rm -r s
	empty a.git
	for i in {1..90}; do
		printf 'commit refs/heads/h%s\ncommitter A <a> %s +0000\ndata 1\nx\n' \
			$((i % 2)) $((i + 1700000000))
		printf 'M 644 inline %s\ndata 4\n%04d\n' $((i % 2)) "$i"
	done | g a.git -c fastimport.unpackLimit=0 fast-import --quiet
	g a.git repack -adbfq --window=0
	take rev-list
	its_own
	for i in 0 1; do
		cp -r s kept
		gone=$(tip h$i)
		g a.git update-ref -d refs/heads/h$i
		take rev-list pack-objects
		lacks "$gone"
		rm -r s
		mv kept s
	done
}

@test "what a reference names by no commit: taken if the rest reaches it" {
	g a.git update-ref refs/x/blob main:file
	g a.git update-ref refs/x/tree 'main^{tree}'
	g a.git gc -q
	take rev-list
	its_own
}

@test "what was deleted is in the pack, but not in the bundle" {
	local gone
	gone=$(tip side)
	g a.git gc -q
	g a.git update-ref -d refs/heads/side
	take rev-list pack-objects
	lacks "$gone"
	rm s/a.git/objects/pack/*.bitmap
	take rev-list pack-objects
	lacks "$gone"
}

@test "a tag that was deleted is in the pack, but not in the bundle" {
	local gone
	gone=$(tip v1)
	g a.git gc -q
	g a.git tag -d v1
	take rev-list pack-objects
	lacks "$gone"
}

@test "a push since the pack was made: git packs" {
	g a.git gc -q
	commit a.git refs/heads/side refs/heads/main
	take pack-objects
	g a.git repack -dq
	take pack-objects
}

@test "moved to what the pack has: taken" {
	g a.git gc -q
	g a.git update-ref refs/heads/main other
	g a.git update-ref --no-deref HEAD main
	take rev-list
	its_own
}

@test "objects in files and other packs that nothing reaches do not matter" {
	commit a.git refs/heads/doomed
	g a.git update-ref -d refs/heads/doomed
	g a.git repack -adbq
	take rev-list
	its_own
	[ "$(find s/a.git/objects -path '*/??/*' | wc -l)" -gt 0 ]
}

@test "objects that are borrowed: git packs" {
	g a.git gc -q
	git clone -q --bare --shared s/a.git s/ba.git
	mv s/a.git pool.git
	mv s/ba.git s/a.git
	echo "$T/pool.git/objects" >s/a.git/objects/info/alternates
	take pack-objects
}

@test "cut or bent history is asked of git" {
	g a.git gc -q
	tip other >s/a.git/shallow
	: >log
	create 0 a.git
	its_own
	same rev-list "$(verbs)"
	rm -r t s/a.git/shallow
	tip other >s/a.git/info/grafts
	: >log
	create 0 a.git
	its_own
	same rev-list "$(verbs)"
}

@test "an increment builds upon a pack that was taken" {
	g a.git gc -q
	take rev-list
	commit a.git refs/heads/main refs/heads/other
	g a.git tag -a -m late late main
	lines a.git >list
	try 0 glb-repos create --incremental --id=ID2 --storage=default=s t <list
	same 2 "$(jq .steps out)"
	try 0 glb-repos verify t
	mv s old
	mkdir s
	restore 0
	back old a.git
}
