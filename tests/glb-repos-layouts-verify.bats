#!/usr/bin/env bats
# glb-repos verify: trees in the layouts before the manifests', and mixed ones.
# SPDX-License-Identifier: MIT
load helper
load repos
load layouts
load damage

# verified LINE...: all is sound, and these are the results, sorted: storage
# (- for none), path, status, references.
verified() {
	try 0 glb-repos verify t
	same "" "$(cat err)"
	same "$(printf '%s\n' "$@")" "$(jq -r '"\(.storage_name | if . == "" then "-"
		else . end) \(.relative_path) \(.status) \(.refs)"' out | sort)"
}

# failing PATH REASON: that alone is told, status 3.
failing() {
	try 3 glb-repos verify t
	same "glb-repos: $1: $2" "$(cat err)"
	same "$1 $2" "$(jq -r 'select(.status == "failed") |
		"\(.storage_name)\(.relative_path) \(.error)"' out)"
}

# hooked PATH: a normal one with hooks.
hooked() {
	normal "$1"
	mkdir "s/$1/custom_hooks"
	echo x >"s/$1/custom_hooks/update"
}

# pointers: two full backups, one of two steps; a group's; one without refs.
pointers() {
	hooked @hashed/6b/86/6b86.git
	by_pointer @hashed/6b/86/6b86.git 1600
	by_pointer @hashed/6b/86/6b86.git 1700
	commit @hashed/6b/86/6b86.git refs/heads/new
	further @hashed/6b/86/6b86.git
	normal group/a.wiki.git
	by_pointer group/a.wiki.git 1700
	empty group/empty.git
	by_pointer group/empty.git 1600
	R=@hashed/6b/86/6b86
}

@test "pointers: every backup of every repository, without a storage" {
	pointers
	touch t/$R/LATEST.attrs
	verified "- $R.git ok 4" "- group/a.wiki.git ok 3" "- group/empty.git empty 0"
	same "$(du -bc t/$R/*/00* | sed -n '$s/\t.*//p')" \
		"$(jq -r 'select(.refs == 4) | .bytes' out)"
	try 0 glb-repos verify --id=1600 t
	same "$R.git group/empty.git" "$(jq -r .relative_path out | sort | xargs)"
	try 3 glb-repos verify --id=1 t
	same "glb-repos: t: no backup 1" "$(cat err)"
}

@test "pointers: each file is needed, in every step of every backup" {
	pointers
	for f in 1600/001.refs 1600/001.bundle 1700/001.refs 1700/001.bundle \
		1700/002.refs 1700/002.bundle; do
		mv t/$R/$f kept
		failing $R.git "$R/$f: missing"
		case $f in
		*.bundle)
			cp kept t/$R/$f
			flip t/$R/$f $(($(stat -c %s kept) - 30))
			try 3 glb-repos verify t
			;;
		esac
		mv kept t/$R/$f
	done
	cut_at t/$R/1600/001.custom_hooks.tar 1000
	failing $R.git "$R/1600/001.custom_hooks.tar: ends without its two blocks of zeros"
	try 0 glb-repos verify --id=1700 t
}

@test "pointers: one that is lost or leads nowhere is damage" {
	pointers
	mv t/$R/LATEST kept
	failing $R.git "$R/LATEST: missing"
	echo 1800 >t/$R/LATEST
	failing $R.git "$R/1800/LATEST: missing"
	echo ../1700 >t/$R/LATEST
	failing $R.git "$R/LATEST: the backup's name holds a slash"
	mv kept t/$R/LATEST
	echo 40001 >t/$R/1600/LATEST
	failing $R.git "$R/1600/LATEST: not the number of a step"
	echo 002 >t/$R/1600/LATEST
	failing $R.git "$R/1600/002.refs: missing"
	rm t/$R/1600/LATEST
	try 3 glb-repos verify t
	same 3 "$(grep -c "^glb-repos: $R/1600: .*: belongs to no backup$" err)"
	rm -r t/$R/1600
	verified "- $R.git ok 4" "- group/a.wiki.git ok 3" "- group/empty.git empty 0"
	rm t/$R/1700/LATEST t/$R/LATEST
	try 3 glb-repos verify t
	same 6 "$(grep -c "^glb-repos: $R/1700: .*: belongs to no backup$" err)"
}

@test "what belongs to no backup is damage" {
	pointers
	for f in $R/x $R/1700/x x group/x.tar group/custom_hooks.tar LATEST \
		$R/1700/003.bundle $R/custom_hooks.tar; do
		echo >t/$f
		try 3 glb-repos verify t
		grep -q "$f: belongs to no backup$" err
		same 1 "$(wc -l <err)"
		rm t/$f
	done
	ln -s group/a.wiki t/link
	failing link "belongs to no backup"
}

@test "a list that an increment without news left behind is no damage" {
	pointers
	cp t/$R/1700/002.refs t/$R/1700/003.refs
	verified "- $R.git ok 4" "- group/a.wiki.git ok 3" "- group/empty.git empty 0"
	echo >t/$R/1700/003.bundle
	try 3 glb-repos verify t
	rm -r t
	# Gitaly 16.10 to 17.2
	by_manifest plain group/a.wiki.git one
	mkdir t/default/group/a.wiki.git/two
	cp t/default/group/a.wiki.git/{one/001,two/002}.refs
	verified "default group/a.wiki.git ok 3"
	cp t/default/group/a.wiki.git/two/00{2,3}.refs
	try 3 glb-repos verify t
	same 2 "$(grep -c '/two/00[23].refs: no manifest names it$' err)"
}

@test "no name of a repository hides it" {
	normal group/.github.git
	normal x.attrs/LATEST.git
	by_manifest flags group/.github.git 1
	by_pointer group/.github.git 1
	by_pointer x.attrs/LATEST.git 1
	rm t/default/group/.github.git/1/001.bundle t/group/.github/1/001.bundle \
		t/x.attrs/LATEST/1/001.bundle
	try 3 glb-repos verify t
	same 3 "$(grep -c '/001.bundle: missing$' err)"
}

@test "bundles beside the paths, with lists or without" {
	hooked group/a.git
	normal group/a.wiki.git
	normal group/2023.git
	empty empty.git
	normal rails.git
	for p in group/{a,a.wiki,2023}.git empty.git rails.git; do by_bundle $p; done
	rm t/rails.refs
	verified "- empty.git empty 0" "- group/2023.git ok 3" "- group/a.git ok 3" \
		"- group/a.wiki.git ok 3" "- rails.git ok 3"
	same "$(stat -c %s t/rails.bundle)" \
		"$(jq -r 'select(.relative_path == "rails.git") | .bytes' out)"
	try 3 glb-repos verify --id=1 t
	same "glb-repos: t: no backup 1" "$(cat err)"
	mv t/group/a.bundle kept
	failing group/a.git "group/a.bundle: missing"
	cp kept t/group/a.bundle
	flip t/group/a.bundle $(($(stat -c %s kept) - 30))
	try 3 glb-repos verify t
	mv kept t/group/a.bundle
	cut_at t/rails.bundle 30
	failing rails.git "rails.bundle: not a whole bundle"
}

@test "manifests beside older layouts: each repository once" {
	normal a.git
	normal b.git
	normal group/c.git
	normal old.git
	by_pointer a.git 1
	named a.git 1
	commit a.git refs/heads/new
	further a.git
	named a.git 2
	# 16.5 to 16.9 can be told to write the oldest layout.
	by_bundle b.git
	mkdir -p t/manifests/default/b.git
	{ toml_start plain b.git && toml_step b; } >t/manifests/default/b.git/1.toml
	by_pointer old.git 0
	by_manifest flags group/c.git 3
	marker 3
	verified "- old.git ok 3" "default a.git ok 4" "default b.git ok 3" \
		"default group/c.git ok 3"
	try 0 glb-repos verify --id=1 t
	same "a.git 3 b.git 3" "$(jq -r '"\(.relative_path) \(.refs)"' out |
		sort | xargs)"
	try 0 glb-repos verify --id=0 t
	same old.git "$(jq -r .relative_path out)"
	echo x >t/a/LATEST
	failing a.git "a/x/LATEST: missing"
	echo 1 >t/a/LATEST
	# A run that was killed before the manifest.
	commit a.git refs/heads/newer
	further a.git
	verified "- a.git ok 5" "- old.git ok 3" "default a.git ok 4" \
		"default b.git ok 3" "default group/c.git ok 3"
	echo x >t/a/LATEST
	failing a.git "a/x/LATEST: missing"
	echo 1 >t/a/LATEST
	rm t/a/1/001.bundle
	try 3 glb-repos verify t
	grep -q '^glb-repos: default/a.git: a/1/001.bundle: missing$' err
}
