#!/usr/bin/env bats
# What glb-repos create writes for repositories in every state.
# SPDX-License-Identifier: MIT
load helper
load repos

@test "a repository becomes refs, bundle and two manifests, and a marked id" {
	normal a/b.git
	create 0 a/b.git
	same "t/backup_ids/ID
t/default/a/b.git/ID/001.bundle
t/default/a/b.git/ID/001.refs
t/manifests/default/a/b.git/+latest.toml
t/manifests/default/a/b.git/ID.toml" "$(find t -type f | sort)"
	manifest_is a/b.git false false sha1 refs/heads/main
	[ ! -s t/backup_ids/ID ]
	[ ! -s err ]
	size=$(cat t/default/a/b.git/ID/* | wc -c)
	same "$(result a/b.git ok 3 "$size")" "$(cat out)"
	whole a/b.git
}

@test "files are private, directories follow the umask, nothing else is left" {
	umask 027
	normal a.git
	create 0 a.git
	same "d 750
f 600" "$(find t -printf '%y %m\n' | sort -u)"
	same "backup_ids default manifests" "$(ls -A t | xargs)"
}

@test "the bundle has the header that git itself writes, and clones" {
	normal a.git
	create 0 a.git
	g a.git bundle create -q own.bundle --all
	sed '/^$/q' own.bundle >own
	sed '/^$/q' t/default/a.git/ID/001.bundle | cmp - own
	g a.git bundle verify -q "$T/t/default/a.git/ID/001.bundle"
	git clone -q t/default/a.git/ID/001.bundle clone
	same refs/heads/main "$(git -C clone symbolic-ref HEAD)"
}

@test "a repository without references has an empty list and no bundle" {
	empty a.git
	create 0 a.git
	same "$(result a.git empty 0 0)" "$(cat out)"
	same 001.refs "$(ls t/default/a.git/ID)"
	[ ! -s t/default/a.git/ID/001.refs ]
	manifest_is a.git true false sha1 refs/heads/main
}

@test "what is plainly empty costs no git; of others it packs the objects" {
	empty a.git
	empty b.git --object-format=sha256
	normal c.git
	g c.git pack-refs --all
	empty d.git
	commit d.git refs/x/y/z
	fake_git '[ "$1" = --version ] || echo "${dir##*/} $2" >>$T/log'
	create 0 {a,b,c,d}.git
	same "b.git rev-parse
b.git show-ref
c.git pack-objects
d.git pack-objects" "$(sort log)"
	whole c.git
	whole d.git
}

@test "a repository that does not exist has manifests alone" {
	mkdir s
	create 0 no/such.git
	same "$(result no/such.git missing 0 0)" "$(cat out)"
	[ ! -e t/default ]
	manifest_is no/such.git true true ''
	[ -f t/backup_ids/ID ]
}

@test "SHA-256: object format and bundle version 3" {
	normal a.git --object-format=sha256
	empty e.git --object-format=sha256
	create 0 a.git e.git
	whole a.git
	manifest_is a.git false false sha256 refs/heads/main
	manifest_is e.git true false sha256 refs/heads/main
	same "# v3 git bundle
@object-format=sha256" "$(head -2 t/default/a.git/ID/001.bundle)"
}

@test "HEAD unborn: its target is told, and no line of the list is its" {
	normal a.git
	g a.git symbolic-ref HEAD refs/heads/later
	create 0 a.git
	whole a.git
	manifest_is a.git false false sha1 refs/heads/later
	run ! grep HEAD t/default/a.git/ID/001.refs
}

@test "HEAD detached: it leads the list, and no target is told" {
	normal a.git
	echo "$(g a.git rev-parse main)" >s/a.git/HEAD
	create 0 a.git
	whole a.git
	manifest_is a.git false false sha1
	grep -q ' HEAD$' t/default/a.git/ID/001.refs
}

@test "HEAD detached and no reference at all: empty" {
	normal a.git
	head=$(g a.git rev-parse main)
	rm -r s/a.git/refs/*/*
	echo "$head" >s/a.git/HEAD
	create 0 a.git
	same "$(result a.git empty 0 0)" "$(cat out)"
	[ ! -s t/default/a.git/ID/001.refs ]
	manifest_is a.git true false sha1
}

@test "HEAD that is a symbolic link, or stands for a reftable: git is asked" {
	normal a.git
	normal b.git
	ln -sf refs/heads/other s/a.git/HEAD
	echo 'ref: refs/heads/.invalid' >s/b.git/HEAD
	fake_git 'case $dir$2 in */b.gitsymbolic-ref) echo refs/heads/x; exit ;; esac'
	create 0 a.git b.git
	manifest_is a.git false false sha1 refs/heads/other
	manifest_is b.git false false sha1 refs/heads/x
}

@test "HEAD with a name that is not UTF-8 is left out of the manifest" {
	normal a.git
	printf 'ref: refs/heads/\377\n' >s/a.git/HEAD
	create 0 a.git
	manifest_is a.git false false sha1
}

@test "custom hooks: a tar of custom_hooks/, sorted, with modes" {
	normal a.git
	mkdir -p s/a.git/custom_hooks/update.d
	echo 1 >s/a.git/custom_hooks/update.d/two
	echo 2 >s/a.git/custom_hooks/post-receive
	chmod 755 s/a.git/custom_hooks/post-receive
	create 0 a.git
	same "custom_hooks/
custom_hooks/post-receive
custom_hooks/update.d/
custom_hooks/update.d/two" "$(tar tf t/default/a.git/ID/001.custom_hooks.tar)"
	mkdir x
	tar xf t/default/a.git/ID/001.custom_hooks.tar -C x custom_hooks
	diff -r x/custom_hooks s/a.git/custom_hooks
	[ -x x/custom_hooks/post-receive ]
	same "\"bytes\":$(cat t/default/a.git/ID/* | wc -c)" \
		"$(grep -o '"bytes":[0-9]*' out)"
}

@test "custom hooks of an empty repository are kept" {
	empty a.git
	mkdir s/a.git/custom_hooks
	create 0 a.git
	same "001.custom_hooks.tar
001.refs" "$(ls t/default/a.git/ID)"
}

@test "objects from a pool are in the bundle" {
	normal pool.git
	git clone -q --bare --shared s/pool.git s/a.git
	commit a.git refs/heads/own refs/heads/main
	[ -s s/a.git/objects/info/alternates ]
	create 0 a.git
	whole a.git
}

@test "references of every kind and name come back" {
	local name
	normal a.git
	for name in refs/heads/refs/heads/main refs/heads/HEAD refs/tags/main \
		refs/keep-around/1 refs/merge-requests/1/head refs/notes/commits \
		"refs/heads/quote'\"\$(x)&" refs/heads/ümläut $'refs/heads/\377\376' \
		refs/heads/a-b refs/heads/a/b refs/pipelines/9 refs/x/HEAD; do
		g a.git update-ref "$name" refs/heads/main
	done
	g a.git symbolic-ref refs/remotes/origin/HEAD refs/heads/main
	g a.git symbolic-ref refs/remotes/origin/gone refs/heads/nowhere
	g a.git pack-refs --all
	commit a.git refs/heads/loose
	g a.git tag blob "$(g a.git rev-parse main:file)"
	g a.git tag tree 'main^{tree}'
	g a.git tag -a -m x tag-of-tag v1
	create 0 a.git
	whole a.git
	same "$(sort t/default/a.git/ID/001.refs)" \
		"$(sed '/^$/,$d; 1d' t/default/a.git/ID/001.bundle | sort)"
}

@test "replaced history is backed up as it was, replacement too" {
	normal a.git
	commit a.git refs/heads/new
	g a.git replace other new
	create 0 a.git
	export GIT_NO_REPLACE_OBJECTS=1
	whole a.git
	grep -q refs/replace/ t/default/a.git/ID/001.refs
}

@test "list: objects on one line, in any case, with unknown keys" {
	normal a.git
	empty b.git
	try 0 glb-repos create --id=ID --storage=default=s t <<-'END'
		{"STORAGE_name":"default","Relative_Path":"a.git","x":{"y":[1]},
		"always_create":true} {"storage_name":"default",
		"relative_path":"b.git","token":null}
	END
	same 2 "$(grep -c . out)"
	[ -f t/manifests/default/a.git/ID.toml ]
	[ -f t/manifests/default/b.git/ID.toml ]
}

@test "one job or eight: the same results, a line each" {
	local i
	empty 1.git
	for i in {2..40}; do cp -r s/1.git "s/$i.git"; done
	for i in {1..40..5}; do commit "$i.git" refs/heads/main; done
	lines {1..45}.git >list
	for i in 1 8; do
		try 0 glb-repos create --id=ID --jobs=$i --engine=git \
			--storage=default=s "t$i" <list
		sort out >"out$i"
		(cd "t$i" && find . -type f -exec sha256sum {} + | sort) >"sum$i"
	done
	cmp out1 out8
	cmp sum1 sum8
	same "32 empty 5 missing 8 ok" "$(cut -d'"' -f12 out1 | sort | uniq -c | xargs)"
}

@test "a second backup joins the tree, and takes over +latest" {
	normal a.git
	create 0 a.git
	commit a.git refs/heads/new
	try 0 glb-repos create --id=ID2 --storage=default=s t <list
	same "ID ID2 ID ID2 +latest.toml ID.toml ID2.toml" "$(
		cd t && for d in backup_ids default/a.git manifests/default/a.git; do
			ls $d
		done | xargs)"
	cmp t/manifests/default/a.git/{ID2,+latest}.toml
	g a.git show-ref --head | cmp - t/default/a.git/ID2/001.refs
}
