#!/usr/bin/env bats
# What glb-repos restore makes of backups in every state.
# SPDX-License-Identifier: MIT
load helper
load repos

# away PATH...: backs up, then moves the repositories out of the way.
away() {
	create 0 "$@"
	mv s old
	mkdir s
}

@test "a repository comes back: references, HEAD, objects; and no more" {
	normal a/b.git
	g a/b.git symbolic-ref HEAD refs/heads/other
	away a/b.git
	restore 0
	[ ! -s err ]
	back old a/b.git
	same "$(result a/b.git ok 3 "$(cat t/default/a/b.git/ID/* | wc -c)")" \
		"$(cat out)"
	same "HEAD config objects packed-refs refs" "$(ls s/a/b.git | xargs)"
	same '' "$(git --git-dir=s/a/b.git config --list --local |
		grep -v '^core\.\(bare=true\|filemode=\|repositoryformatversion=0\)')"
}

@test "packed references know what their tags stand for" {
	normal a.git
	away a.git
	restore 0
	git --git-dir=old/a.git pack-refs --all
	cmp old/a.git/packed-refs s/a.git/packed-refs
}

@test "empty, with hooks, unborn, detached, SHA-256: as they were" {
	empty a.git
	mkdir -p s/a.git/custom_hooks/update.d
	echo 1 >s/a.git/custom_hooks/update.d/two
	chmod 755 s/a.git/custom_hooks/update.d/two
	ln -s update.d/two s/a.git/custom_hooks/update
	normal b.git
	g b.git symbolic-ref HEAD refs/heads/later
	normal c.git
	g c.git rev-parse other >head
	mv head s/c.git/HEAD
	normal d.git --object-format=sha256
	empty e.git --object-format=sha256
	empty f.git
	g f.git symbolic-ref HEAD refs/x/y
	away {a,b,c,d,e,f}.git
	restore 0
	[ ! -s err ]
	back old {a,b,c,d,e}.git
	cmp old/f.git/HEAD s/f.git/HEAD
	[ -x s/a.git/custom_hooks/update.d/two ]
	same update.d/two "$(readlink s/a.git/custom_hooks/update)"
	same sha256 "$(g e.git rev-parse --show-object-format)"
	same "3 empty 3 ok" "$(cut -d'"' -f12 out | sort | uniq -c | xargs)"
	same '' "$(find s -name packed-refs | grep '[aef].git')"
}

@test "references of every kind and name come back" {
	local name
	normal a.git
	for name in refs/heads/refs/heads/main refs/heads/HEAD refs/tags/main \
		refs/keep-around/1 refs/merge-requests/1/head refs/notes/commits \
		"refs/heads/quote'\"\$(x)&" refs/heads/ümläut $'refs/heads/\377\376' \
		refs/heads/a-b refs/heads/a/b refs/heads/a.b refs/x/HEAD; do
		g a.git update-ref "$name" refs/heads/main
	done
	g a.git tag blob "$(g a.git rev-parse main:file)"
	g a.git tag tree 'main^{tree}'
	g a.git tag -a -m x tag-of-tag v1
	g a.git replace other main
	g a.git symbolic-ref refs/remotes/origin/HEAD refs/heads/main
	away a.git
	restore 0
	export GIT_NO_REPLACE_OBJECTS=1
	back old a.git
}

@test "another repository in its place is replaced, whatever it holds" {
	normal a.git
	empty b.git
	away a.git b.git
	normal a.git
	commit a.git refs/heads/extra refs/heads/main
	mkdir s/a.git/custom_hooks
	mkdir s/b.git
	echo wreck >s/b.git/HEAD
	restore 0
	back old a.git b.git
	[ ! -e s/a.git/custom_hooks ]
}

@test "what was not backed up, as it did not exist, is left alone" {
	mkdir s
	create 0 a.git b.git
	normal a.git
	sums s >before
	restore 0
	same "$(result a.git missing 0 0
		result b.git missing 0 0)" "$(sort out | tr -d '\n')"
	sums s | cmp - before
}

@test "--keep-replaced: former repositories lie by their paths, new ones named" {
	local kept
	normal a/b.git
	normal c.git
	away a/b.git c.git
	mkdir s/a
	cp -r old/a/b.git s/a
	g a/b.git update-ref refs/heads/extra main
	sums s/a/b.git >before
	restore 0 --keep-replaced
	kept=$(echo s/+gitaly/glb-restore.*)
	[ ! -s err ]
	same "ended made made/c.git made/c.git/+ replaced replaced/a\
 replaced/a/b.git replaced/a/b.git/+" "$(find "$kept" -mindepth 1 |
		sed "s|$kept/||" | sort | grep -v 'b.git/+/' | xargs)"
	sums "$kept/replaced/a/b.git/+" | cmp - before
	rm -r s/+gitaly
	back old a/b.git c.git
}

@test "--id chooses; without it the newest run counts" {
	normal a.git
	create 0 a.git
	cp -r s old
	commit a.git refs/heads/new
	try 0 glb-repos create --id=ID2 --storage=default=s t <list
	cp -r s new
	restore 0 --id=ID
	back old a.git
	restore 0
	back new a.git
}

@test "--remove-all: the rest of the storage goes, but pools and +gitaly" {
	local pool=@pools/aa/bb/aabb.git
	normal a.git
	create 0 a.git none.git
	mkdir -p s/{x/y,@pools/aa/bb,+gitaly/tmp}
	cp -r s/a.git s/x/y/z.git
	cp -r s/a.git s/$pool
	cp -r s/a.git s/+gitaly/tmp/t.git
	mkdir s/plain
	cp -r s/a.git s/none.git
	restore 0 --remove-all=default
	same "glb-repos: default/x/y/z.git: not on the list: removed" "$(cat err)"
	[ ! -e s/x/y/z.git ]
	[ -e s/$pool/HEAD ]
	[ -e s/+gitaly/tmp/t.git/HEAD ]
	[ -e s/none.git/HEAD ]
	same "a.git none.git plain x" "$(cd s && ls -d [a-z]* | xargs)"
}

@test "--remove-all: nothing is removed by an empty list, or after a failure" {
	normal a.git
	normal b.git
	create 0 a.git
	: >list
	restore 4 --remove-all=default
	same "glb-repos: --remove-all: default: nothing of it is on the list, so\
 nothing is removed" "$(cat err)"
	lines a.git no.git >list
	restore 4 --remove-all=default
	[ -e s/b.git/HEAD ]
	restore 2 --remove-all=other
	same "glb-repos: --remove-all: other: unknown storage" "$(tail -1 err)"
}

@test "one job or eight: the same results" {
	local i
	normal 1.git
	for i in {2..20}; do cp -r s/1.git "s/$i.git"; done
	for i in {1..20..3}; do commit "$i.git" refs/heads/more; done
	away {1..20}.git
	for i in 1 8; do
		restore 0 -j$i --engine=git
		back old {1..20}.git
		sort out >"out$i"
	done
	cmp out1 out8
}
