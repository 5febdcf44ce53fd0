#!/usr/bin/env bats
# glb-repos restore: backups in the layouts before the manifests'.
# SPDX-License-Identifier: MIT
load helper
load repos
load layouts

# lost: the repositories go to the directory old, or the one named.
lost() {
	mv s "${1:-old}"
	mkdir s
}

hooks() { # PATH
	mkdir "s/$1/custom_hooks"
	echo x >"s/$1/custom_hooks/update"
	ln -s update "s/$1/custom_hooks/link"
}

@test "pointers: repository, wiki, design, hooks, an empty one" {
	local all=(@hashed/6b/86/6b86.git @hashed/6b/86/6b86.wiki.git
		@hashed/6b/86/6b86.design.git group/plain empty.git) p
	for p in "${all[@]:0:4}"; do normal "$p"; done
	empty empty.git
	hooks "${all[0]}"
	for p in "${all[@]}"; do by_pointer "$p" 1700; done
	[ -e t/group/plain/1700/001.refs ]
	lines "${all[@]}" >list
	lost
	restore 0
	[ ! -s err ]
	same "4 ok 1 empty" \
		"$(jq -r .status out | sort -r | uniq -c | xargs)"
	back old "${all[@]}"
}

@test "pointers: increments, and an older full backup by its id" {
	normal a.git
	commit a.git refs/heads/a refs/heads/main
	commit a.git refs/heads/doomed refs/heads/main
	by_pointer a.git one
	cp -r s first
	g a.git update-ref -d refs/heads/doomed
	by_pointer a.git two
	further a.git
	same 17 "$(wc -c <t/a/two/002.bundle)"
	g a.git update-ref -d refs/heads/a
	commit a.git refs/heads/a/b refs/heads/other
	g a.git update-ref refs/heads/on-old other
	commit a.git refs/heads/main refs/heads/main
	hooks a.git
	further a.git
	same 003 "$(cat t/a/two/LATEST)"
	lines a.git >list
	lost
	restore 0
	back old a.git
	restore 0 --id=one
	back first a.git
	restore 0 --id=two
	back old a.git
	restore 4 --id=three
	same "glb-repos: default/a.git: no backup three" "$(head -n 1 err)"
	back old a.git
}

@test "HEAD is main, else master, else the first branch of its object" {
	normal a.git
	commit a.git refs/heads/later
	for head in refs/heads/master refs/heads/dev; do
		g a.git update-ref $head refs/heads/other
		g a.git symbolic-ref HEAD $head
		by_pointer a.git 1
		lines a.git >list
		lost old
		restore 0
		same "$head" "$(g a.git symbolic-ref HEAD)"
		rm -rf s
		mv old s
		g a.git update-ref -d refs/heads/master
	done
	g a.git update-ref refs/heads/main refs/heads/dev
	by_pointer a.git 1
	lost
	restore 0
	same refs/heads/main "$(g a.git symbolic-ref HEAD)"
}

@test "a HEAD that no branch fits is detached, and told; an unborn one is main" {
	local oid
	normal a.git
	oid=$(g a.git rev-parse main)
	g a.git update-ref refs/merge-requests/1/head main
	g a.git update-ref refs/heads/main other
	g a.git update-ref --no-deref HEAD "$oid"
	by_pointer a.git 1
	lines a.git >list
	lost
	restore 4
	same "glb-repos: default/a.git: no branch has HEAD's commit $oid: HEAD names it" \
		"$(head -n 1 err)"
	rm -r s/+gitaly
	back old a.git
	rm -r s t
	mv old s
	g a.git symbolic-ref HEAD refs/heads/unborn
	by_pointer a.git 1
	restore 0
	same refs/heads/main "$(g a.git symbolic-ref HEAD)"
}

@test "bundles beside the paths, with lists or without" {
	normal group/a.git
	normal group/a.wiki.git
	hooks group/a.git
	normal rails.git
	g rails.git symbolic-ref HEAD refs/heads/other
	empty empty.git
	lines group/a.git group/a.wiki.git rails.git empty.git >list
	by_bundle group/a.git
	by_bundle group/a.wiki.git
	by_bundle rails.git
	by_bundle empty.git
	rm t/rails.refs
	[ ! -e t/empty.bundle ]
	lost
	restore 0
	back old group/a.git group/a.wiki.git rails.git empty.git
	restore 4 --id=1
	same 4 "$(grep -c ': no backup 1$' err)"
	back old group/a.git group/a.wiki.git rails.git empty.git
}

@test "a bundle says that it is sha256" {
	normal a.git --object-format=sha256
	normal b.git --object-format=sha256
	by_pointer a.git 1
	by_bundle b.git
	rm t/b.refs
	lines a.git b.git >list
	lost
	restore 0
	back old a.git b.git
}

@test "manifests beside pointers know HEAD; LATEST tells which is the newest" {
	normal a.git
	g a.git update-ref refs/heads/dev main
	g a.git symbolic-ref HEAD refs/heads/dev
	by_pointer a.git one
	named a.git one
	cp -r s first
	commit a.git refs/heads/dev main
	g a.git update-ref refs/heads/main dev
	further a.git
	named a.git two
	# As a copy may have it that has lost the times.
	touch t/manifests/default/a.git/one.toml
	touch -d 2020-01-01 t/manifests/default/a.git/two.toml
	lines a.git >list
	lost
	restore 0
	back old a.git
	restore 0 --id=one
	back first a.git
	# A run that was killed before it wrote the manifest.
	rm t/manifests/default/a.git/two.toml
	restore 0
	same "$(git -C old/a.git show-ref)" "$(g a.git show-ref)"
	same refs/heads/main "$(g a.git symbolic-ref HEAD)"
}

@test "16.9 to 18.10: +latest.toml is the newest; 18.11: by the markers" {
	local m=t/manifests/default/a.git
	normal a.git
	by_manifest plain a.git zz
	cp -r s first
	commit a.git refs/heads/new
	by_manifest plain a.git aa zz
	touch $m/zz.toml
	touch -d 2020-01-01 $m/+latest.toml $m/aa.toml
	touch $m/+latest.toml.attrs t/default/a.git/zz/001.refs.attrs
	lines a.git >list
	lost
	restore 0
	back old a.git
	marker aa 2021-01-01
	marker zz 2021-01-02
	restore 0
	back first a.git
	# Not all repositories of a run succeed.
	marker failed 2021-01-03
	touch $m/aa.toml
	restore 0
	back old a.git
}
