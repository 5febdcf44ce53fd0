#!/usr/bin/env bats
# glb-repos: repositories in every state, backed up, verified, restored.
# SPDX-License-Identifier: MIT
load helper
load repos

@test "an empty repository" {
	empty a.git
	empty b.git --object-format=sha256
	circle a.git b.git
	same "$(result a.git empty 0 0)" "$(grep -F a.git told)"
	same sha256 "$(g b.git rev-parse --show-object-format)"
}

@test "a repository that is missing, and one whose directories are, too" {
	mkdir -p s/x
	create 0 x/no.git a/b/no.git
	same "missing missing" "$(jq -r .status out | xargs)"
	sort out >told
	try 0 glb-repos verify t
	sort out | cmp told -
	rmdir s/x
	restore 0
	sort out | cmp told -
	same '' "$(ls -A s)"
}

@test "HEAD unborn, as nothing was pushed yet" {
	empty a.git
	g a.git symbolic-ref HEAD refs/heads/a/later
	circle a.git
	same refs/heads/a/later "$(g a.git symbolic-ref HEAD)"
}

@test "HEAD names a branch that is missing among others" {
	normal a.git
	g a.git symbolic-ref HEAD refs/heads/gone
	circle a.git
	run ! grep HEAD t/default/a.git/ID/001.refs
}

@test "HEAD names no branch, but another reference" {
	normal a.git
	g a.git symbolic-ref HEAD refs/tags/v1
	normal b.git
	g b.git symbolic-ref HEAD refs/x/none
	create 0 a.git b.git
	try 0 glb-repos verify t
	mv s old
	mkdir s
	restore 0
	cmp {old,s}/a.git/HEAD
	cmp {old,s}/b.git/HEAD
	g a.git show-ref --head | cmp - t/default/a.git/ID/001.refs
}

@test "HEAD detached: at a branch, and at what nothing else holds" {
	normal a.git
	g a.git rev-parse other >head
	mv head s/a.git/HEAD
	normal b.git
	commit b.git refs/heads/gone refs/heads/main
	g b.git rev-parse gone >head
	g b.git update-ref -d refs/heads/gone
	mv head s/b.git/HEAD
	circle a.git b.git
	g b.git cat-file -e HEAD^
}

@test "HEAD is a symbolic link, as git once made it" {
	normal a.git
	ln -sf refs/heads/other s/a.git/HEAD
	normal b.git
	ln -sf refs/heads/none s/b.git/HEAD
	create 0 a.git b.git
	same "" "$(cat err)"
	try 0 glb-repos verify t
	mv s old
	mkdir s
	restore 0
	same "ref: refs/heads/other" "$(cat s/a.git/HEAD)"
	same "ref: refs/heads/none" "$(cat s/b.git/HEAD)"
	git --git-dir=old/a.git show-ref --head >want
	g a.git show-ref --head | cmp want -
}

@test "no HEAD file: a clear failure" {
	normal a.git
	rm s/a.git/HEAD
	fails_alone a.git "git show-ref: not a git repository: 's/a.git'"
}

@test "replace references: the true history, and they themselves" {
	normal a.git
	commit a.git refs/heads/new
	g a.git replace other new
	export GIT_NO_REPLACE_OBJECTS=1
	circle a.git
	same 2 "$(g a.git rev-list --count other)"
	g a.git show-ref | grep -q refs/replace/
}

@test "grafts: the true history, without them" {
	normal a.git
	g a.git update-ref -d refs/heads/main
	g a.git tag -d v1
	g a.git rev-parse other >s/a.git/info/grafts
	create 0 a.git
	rm s/a.git/info/grafts
	rm -r t
	circle a.git
	same 2 "$(g a.git rev-list --count other)"
	[ ! -e s/a.git/info/grafts ]
}

@test "shallow, with the history missing: a clear failure" {
	normal good.git
	git clone -q --bare --depth 1 --branch other "file://$T/s/good.git" \
		s/a.git
	[ -s s/a.git/shallow ]
	fails_alone a.git "git pack-objects: Failed to traverse parents of\
 commit $(g good.git rev-parse other)"
}

@test "shallow by its file alone: the whole history" {
	normal a.git
	g a.git rev-parse other >s/a.git/shallow
	create 0 a.git
	rm s/a.git/shallow
	rm -r t
	circle a.git
	same 2 "$(g a.git rev-list --count other)"
}

@test "objects borrowed from a pool: restored without the pool" {
	normal pool.git
	g pool.git repack -adq
	git clone -q --bare --shared s/pool.git s/a.git
	commit a.git refs/heads/own refs/heads/main
	[ -s s/a.git/objects/info/alternates ]
	create 0 a.git
	mv s/pool.git .
	try 0 glb-repos verify t
	mv s/a.git .
	restore 0
	[ ! -e s/a.git/objects/info/alternates ]
	mv pool.git s
	mkdir old
	mv a.git old
	back old a.git
}

@test "a pool that is gone, with objects: a clear failure; without: nothing" {
	normal pool.git
	git clone -q --bare --shared s/pool.git s/a.git
	commit a.git refs/heads/own refs/heads/main
	cp -r s/a.git s/b.git
	g b.git repack -adq
	rm -r s/pool.git
	fails_alone a.git "git pack-objects: error: unable to normalize alternate\
 object path: $T/s/pool.git/objects"
	create 0 b.git
	[ ! -s err ]
	rm -r t
	mkdir s/pool.git
	fails_alone a.git "git pack-objects: error: object directory\
 $T/s/pool.git/objects does not exist; check .git/objects/info/alternates"
	rm s/b.git/objects/info/alternates
	circle b.git
}

# promised: s/a.git is a partial clone of s/good.git.
promised() {
	normal good.git
	g good.git config uploadpack.allowFilter true
	git clone -q --bare --filter="$1" --no-tags "file://$T/s/good.git" s/a.git
	same true "$(g a.git config remote.origin.promisor)"
	compgen -G 's/a.git/objects/pack/*.promisor' >list
}

@test "a partial clone that has all objects" {
	promised blob:limit=1m
	circle a.git
	same '' "$(find s/a.git -name '*.promisor')"
	run ! g a.git config remote.origin.promisor
}

@test "a partial clone whose objects are elsewhere: a clear failure" {
	promised blob:none
	fails_alone a.git "git pack-objects: could not fetch $(
		g good.git rev-parse main:file) from promisor remote"
}

@test "object format SHA-256" {
	normal a.git --object-format=sha256
	g a.git tag tree 'main^{tree}'
	mkdir s/a.git/custom_hooks
	circle a.git
	same sha256 "$(g a.git rev-parse --show-object-format)"
}

@test "a reftable: read by a git that knows it, else a clear failure" {
	if git init -q --bare -b main --ref-format=reftable s/a.git; then
		commit a.git refs/heads/main
		g a.git tag -a -m tag v1 main
		create 0 a.git
		whole a.git
		try 0 glb-repos verify t
		g a.git show-ref --head >want
		mv s old
		restore 0
		g a.git show-ref --head | cmp want -
		same refs/heads/main "$(g a.git symbolic-ref HEAD)"
	else
		empty a.git
		g a.git config core.repositoryFormatVersion 1
		g a.git config extensions.refStorage reftable
		fails_alone a.git "git show-ref: unknown repository extension\
 found: refstorage"
	fi
}

@test "stale locks and temporary files are neither minded nor restored" {
	local name
	normal a.git
	for name in HEAD packed-refs config index refs/heads/x refs/heads/main \
		refs/y objects/info/commit-graph; do
		echo stale >s/a.git/$name.lock
	done
	echo x >s/a.git/objects/pack/tmp_pack_x
	echo x >s/a.git/objects/pack/pack-x.keep
	mkfifo s/a.git/refs/heads/pipe.lock
	create 0 a.git
	[ ! -s err ]
	whole a.git
	rm s/a.git/refs/heads/pipe.lock
	rm -r t
	circle a.git
	same '' "$(find s -name '*.lock' -o -name 'tmp_*' -o -name '*.keep')"
}

# spoil REPOSITORY OBJECT: its file holds garbage.
spoil() {
	local file
	file=s/$1/objects/$(g "$1" rev-parse "$2" | sed 's|^..|&/|')
	chmod u+w "$file"
	printf garbage >"$file"
}

@test "corrupt objects that are in use: a clear failure" {
	normal a.git
	spoil a.git main:file
	fails_alone a.git "git pack-objects: loose object $(
		g a.git rev-parse main:file) (stored in s/a.git/objects/$(
		g a.git rev-parse main:file | sed 's|^..|&/|')) is corrupt"
}

@test "a corrupt pack: a clear failure" {
	local pack
	normal a.git
	g a.git repack -adq
	pack=$(echo s/a.git/objects/pack/*.pack)
	chmod u+w "$pack"
	printf '\377\377\377\377' |
		dd of="$pack" bs=1 seek=60 conv=notrunc status=none
	create 4 a.git
	grep -q '^glb-repos: default/a.git: git pack-objects: ' err
	[ ! -e t/manifests ]
}

@test "corrupt objects that nothing uses harm nobody" {
	normal a.git
	commit a.git refs/heads/doomed
	spoil a.git doomed:file
	g a.git update-ref -d refs/heads/doomed
	circle a.git
}
