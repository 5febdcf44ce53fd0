#!/usr/bin/env bats
# glb-repos verify: every backup in a tree is examined.
# SPDX-License-Identifier: MIT
load helper
load repos
load damage

# failing FILE REASON: a.git alone has failed, because of that file.
failing() {
	try 3 glb-repos verify t
	same "glb-repos: default/a.git: $1: $2" "$(cat err)"
	same "$1: $2" "$(jq -r 'select(.status == "failed") | .error' out)"
}

# ours: a backup of repositories of every kind.
ours() {
	mkdir s
	normal a.git
	normal sha256.git --object-format=sha256
	empty empty.git
	normal hooks.git
	mkdir s/hooks.git/custom_hooks
	echo x >s/hooks.git/custom_hooks/update
	create 0 a.git sha256.git empty.git hooks.git missing.git
}

# step ID NUMBER PREVIOUS: an increment of a.git as Gitaly makes it.
step() {
	local d=default/a.git/$1 m=t/manifests/default/a.git n=$2 old
	mkdir -p "t/$d"
	old=t/default/a.git/$3/$(printf %03d $((n - 1))).refs
	g a.git show-ref --head >"t/$d/00$n.refs"
	cut -d ' ' -f 1 "$old" | sed 's/^/^/' |
		g a.git bundle create -q "$T/t/$d/00$n.bundle" --all --stdin ||
		printf '# v2 git bundle\n\n' >"t/$d/00$n.bundle"
	{
		cat "$m/$3.toml"
		printf "\n[[steps]]\nbundle_path = '%s'\nref_path = '%s'\n" \
			"$d/00$n.bundle" "$d/00$n.refs"
		printf "previous_ref_path = '%s'\n" "${old#t/}"
	} >"$m/$1.toml"
	cp "$m/$1.toml" "$m/+latest.toml"
	touch "t/backup_ids/$1"
}

@test "a sound tree of every kind: the results of create, status 0" {
	ours
	sort out >want
	find t -exec stat -c '%n %Y %s' {} + >before
	try 0 glb-repos verify t
	same "" "$(cat err)"
	sort out | cmp want -
	find t -exec stat -c '%n %Y %s' {} + | cmp before -
	try 0 glb-repos verify --id=ID --jobs=1 t
	sort out | cmp want -
}

@test "chains are examined step by step, by id or all" {
	ours
	commit a.git refs/heads/main refs/heads/main
	step ID2 2 ID
	step ID3 3 ID2
	try 0 glb-repos verify t
	same "ok 3" "$(jq -r 'select(.relative_path == "a.git") |
		"\(.status) \(.refs)"' out)"
	same 17 "$(stat -c %s t/default/a.git/ID3/003.bundle)"
	try 0 glb-repos verify --id=ID2 t
	same a.git "$(jq -r .relative_path out)"
	# The objects that step 2 builds upon are in step 1.
	rm t/default/a.git/ID/001.bundle
	try 3 glb-repos verify --id=ID3 t
	same "glb-repos: default/a.git: default/a.git/ID/001.bundle: missing" \
		"$(cat err)"
	try 3 glb-repos verify --id=NONE t
	same "glb-repos: t: no backup NONE" "$(cat err)"
}

@test "any damage to a bundle is found without any sums" {
	ours
	check_one() {
		try 3 glb-repos verify t
		same a.git "$(jq -r 'select(.status == "failed") |
			.relative_path' out | uniq)"
	}
	file=t/default/a.git/ID/001.bundle
	size=$(stat -c %s $file)
	cp $file kept
	start=$(grep -abo PACK $file | head -n 1 | cut -d : -f 1)
	for ((at = start; at < size; at += 7)); do
		flip "$file" "$at"
		check_one
		cp kept $file
	done
	for at in 0 1 15 16 30 $((start - 1)) $start $((size - 1)); do
		cut_at "$file" "$at"
		check_one
		cp kept $file
	done
	echo >>$file
	check_one
	flip kept 20
	cp kept $file
	check_one
}

@test "each file of the tree is needed" {
	ours
	failing_without() {
		mv "t/$1" kept
		failing "${@:2}"
		mv kept "t/$1"
	}
	d=default/a.git/ID
	failing_without $d/001.refs $d/001.refs missing
	failing_without $d/001.bundle $d/001.bundle missing
	mv t/manifests/default/a.git/ID.toml kept
	try 3 glb-repos verify t
	same "glb-repos: default/a.git: $d/001.bundle: no manifest names it
glb-repos: default/a.git: $d/001.refs: no manifest names it" "$(sort err)"
	rm t/manifests/default/a.git/+latest.toml
	try 3 glb-repos verify t
	grep -qx 'glb-repos: default/a.git: no manifest' err
	# Nothing says which layout this is, but it is not an older one.
	rm -r t/manifests
	try 3 glb-repos verify t
	same 8 "$(grep -c ': belongs to no backup$' err)"
	same failed "$(jq -r .status out | uniq)"
}

@test "lists of references, manifests and archives must make sense" {
	ours
	d=default/a.git/ID
	cp t/$d/001.refs kept
	sed 's/^\(.*\) HEAD/\1/' kept >t/$d/001.refs
	failing $d/001.refs "not a list of references"
	sed '2s/^./0/;2s/^../11/' kept >t/$d/001.refs
	failing objects "$(sed -n '2s/ .*//p' t/$d/001.refs) missing"
	cp kept t/$d/001.refs
	m=manifests/default/a.git/ID.toml
	cp t/$m kept
	sed s/sha1/sha256/ kept >t/$m
	failing default/a.git/ID/001.refs "not a list of references"
	sed "s,default/a,../a," kept >t/$m
	try 3 glb-repos verify t
	grep -qx "glb-repos: default/a.git: $m: bundle_path has a component \
of dots (step 1)" err
	cp kept t/$m
	h=default/hooks.git/ID/001.custom_hooks.tar
	cut_at t/$h 1000
	try 3 glb-repos verify t
	same "glb-repos: default/hooks.git: $h: ends without its two blocks of zeros" \
		"$(cat err)"
	: >t/$h
	try 0 glb-repos verify t
}

@test "what does not belong into the tree is found; *.attrs of 17.0 are known" {
	ours
	touch t/manifests/default/a.git/ID.toml.attrs \
		t/default/a.git/ID/001.refs.attrs t/.hidden
	try 0 glb-repos verify t
	echo >t/default/a.git/ID/002.refs
	failing default/a.git/ID/002.refs "no manifest names it"
	rm t/default/a.git/ID/002.refs
	echo >t/manifests/default/a.git/x
	failing x "not a file of a backup"
	rm t/manifests/default/a.git/x
	ln -s a.git/ID/001.refs t/default/link
	try 3 glb-repos verify t
}

@test "a full disk under the temporary directory is no damage: 1" {
	ours
	head -c 20000 /dev/urandom >big
	g a.git update-ref refs/big "$(g a.git hash-object -w "$T/big")"
	rm -r t
	create 0 a.git
	# A limit on the file's size fails write(2) just as a full disk does.
	try 1 bash -c 'set -o pipefail; trap "" XFSZ
		(ulimit -f 4; glb-repos verify t 2>&1) | cat'
	grep -q '^glb-repos: .*: no space left to examine it$' out
}

@test "no tree, no temporary directory, stdout full or closed: 1" {
	ours
	try 1 glb-repos verify none
	same "glb-repos: none: No such file or directory" "$(cat err)"
	TMPDIR=$T/none try 1 glb-repos verify t
	[ ! -s out ]
	mkdir tmp
	export TMPDIR=$T/tmp
	try 1 bash -c 'glb-repos verify t >/dev/full'
	same "glb-repos: standard output: No space left on device" "$(cat err)"
	try 1 bash -c 'glb-repos verify t >&-'
	# The reader has gone before anything is written.
	mkfifo gone
	try 1 bash -c 'exec 4<>gone 5>gone 4>&-; glb-repos verify t >&5'
	same "glb-repos: standard output: Broken pipe" "$(cat err)"
	same "" "$(ls tmp)"
}

@test "a wrong command line: 2 and nothing on stdout" {
	try 2 glb-repos verify
	try 2 glb-repos verify --id=a/b t
	same "glb-repos: --id: the backup's name holds a slash" "$(cat err)"
	try 2 glb-repos verify --storage=a=b t
	[ ! -s out ]
}
