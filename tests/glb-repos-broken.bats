#!/usr/bin/env bats
# glb-repos: what is broken in a repository is left out of its backup and
# named; or the repository fails, alone and by name, and hangs nobody.
# SPDX-License-Identifier: MIT
load helper
load repos

ones=1111111111111111111111111111111111111111

# left_out PATH NAME...: the backup is whole but for these references, which
# are in the repository no more; each is named.
left_out() {
	local path=$1 n=$(($# - 1)) size
	size=$(cat "t/default/$path/ID"/* | wc -c)
	same "$(printf "glb-repos: default/$path: %s: a broken reference, left\
 out\n" "${@:2}")" "$(cat err)"
	same "$(result "$path" ok "$(g "$path" show-ref | wc -l)" "$size" \
		"$n broken references are left out; the first is $2")" \
		"$(grep "\"$path\"" out)"
	whole "$path"
}

# rest PATH: verify finds nothing, and restore brings back what s holds.
rest() {
	try 0 glb-repos verify t
	mv s old
	mkdir s
	restore 0
	[ ! -s err ]
	back old "$1"
}

@test "a broken reference is left out and named, the rest is backed up" {
	local bad
	for bad in garbage "" 0000000000000000000000000000000000000000 $ones; do
		rm -rf s t old
		normal a.git
		mkdir s/a.git/custom_hooks
		echo x >s/a.git/custom_hooks/update
		echo "$bad" >s/a.git/refs/heads/bad
		create 4 a.git
		rm s/a.git/refs/heads/bad
		left_out a.git refs/heads/bad
		manifest_is a.git false false sha1 refs/heads/main
		rest a.git
	done
}

@test "a reference whose packed line has no object is left out" {
	normal a.git
	g a.git pack-refs --all
	cp s/a.git/packed-refs .
	sed -i "/main/i $ones refs/heads/gone" s/a.git/packed-refs
	create 4 a.git
	cp packed-refs s/a.git
	left_out a.git refs/heads/gone
	rest a.git
}

@test "HEAD names a broken reference: its name is kept, it has no line" {
	local bad
	for bad in garbage $ones; do
		rm -rf s t old
		normal a.git
		g a.git symbolic-ref HEAD refs/heads/bad
		echo "$bad" >s/a.git/refs/heads/bad
		create 4 a.git
		rm s/a.git/refs/heads/bad
		left_out a.git refs/heads/bad
		run ! grep HEAD t/default/a.git/ID/001.refs
		manifest_is a.git false false sha1 refs/heads/bad
		rest a.git
	done
}

@test "a detached HEAD without an object is left out and named" {
	normal a.git
	echo $ones >s/a.git/HEAD
	create 4 a.git
	echo "ref: refs/heads/none" >s/a.git/HEAD
	left_out a.git HEAD
	manifest_is a.git false false sha1
}

@test "of many broken references ten are named, and all counted" {
	local i
	normal a.git
	for i in {10..40}; do echo $ones >s/a.git/refs/heads/bad$i; done
	echo x >s/a.git/refs/heads/$'b\001 \377d'
	create 4 a.git
	same 11 "$(wc -l <err)"
	same 'glb-repos: default/a.git: refs/heads/b? \xFFd: a broken reference,'\
' left out
glb-repos: default/a.git: refs/heads/bad10: a broken reference, left out' \
		"$(head -n 2 err)"
	same "glb-repos: default/a.git: 22 more broken references, left out" \
		"$(tail -n 1 err)"
	rm s/a.git/refs/heads/b*
	whole a.git
	rest a.git
}

@test "all references are broken: then the repository fails" {
	normal a.git
	rm -r s/a.git/refs/*/*
	echo $ones >s/a.git/refs/heads/main
	fails_alone a.git "git show-ref: bad ref HEAD ($ones)"
}

@test "an object missing further back fails the repository" {
	local tag
	normal a.git
	tag=$(printf 'object %s\ntype commit\ntag x\ntagger A <a> 0 +0000\n\nx' \
		$ones | g a.git hash-object -w -t tag --literally --stdin)
	echo garbage >s/a.git/refs/heads/bad
	echo "$tag" >s/a.git/refs/tags/x
	fails_alone a.git "git pack-objects: bad object $ones"
}

@test "nothing is broken: no git runs for it" {
	normal a.git
	fake_git 'echo "$2" >>$T/log'
	create 0 a.git
	same pack-objects "$(grep . log | sort | xargs)"
}

@test "what a reference became between two looks is not called broken" {
	normal a.git
	echo garbage >s/a.git/refs/heads/bad
	fake_git 'case $dir$2 in */a.gitfor-each-ref)
		echo "$(cat $dir/refs/heads/main)" >$dir/refs/heads/bad ;; esac'
	fails_alone a.git "git show-ref: bad ref refs/heads/bad\
 (0000000000000000000000000000000000000000)"
}

@test "a pipe, a socket, a directory where git reads a file is found first" {
	local file
	for file in HEAD config packed-refs shallow objects/info/alternates \
		objects/info/commit-graph info/attributes commondir \
		refs/heads/x refs/x/y/z objects/pack/pack-1.idx objects/ab/c; do
		rm -rf s/a.git
		normal a.git
		rm -f s/a.git/$file
		mkdir -p "$(dirname s/a.git/$file)"
		mkfifo s/a.git/$file
		fails_alone a.git "$file: not a regular file"
	done
	for file in HEAD packed-refs config; do
		rm -rf s/a.git
		normal a.git
		rm -f s/a.git/$file
		mkdir s/a.git/$file
		fails_alone a.git "$file: not a regular file"
	done
	rm -r s/a.git
	normal a.git
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind("s/a.git/refs/heads/x")'
	fails_alone a.git "refs/heads/x: not a regular file"
}

@test "links to pipes and devices, and links in a circle, are found first" {
	local file
	mkfifo pipe
	for file in config packed-refs refs/heads/x objects/info/alternates \
		objects/pack/pack-1.pack; do
		rm -rf s/a.git
		normal a.git
		ln -sf "$T/pipe" s/a.git/$file
		fails_alone a.git "$file: not a regular file"
		ln -sf /dev/tty s/a.git/$file
		fails_alone a.git "$file: not a regular file"
		ln -sf "${file##*/}" s/a.git/$file
		fails_alone a.git "$file: Too many levels of symbolic links"
	done
	rm -r s/a.git
	normal a.git
	ln -s . s/a.git/refs/heads/x
	fails_alone a.git "refs/heads/x: not a regular file"
	rm s/a.git/refs/heads/x
	mv s/a.git/refs s/a.git/other
	ln -s other s/a.git/refs
	fails_alone a.git "refs: a symbolic link"
}

@test "links to files where git reads a file are followed" {
	local file
	normal a.git
	g a.git pack-refs --all
	g a.git repack -adq
	mkdir elsewhere
	for file in config packed-refs; do
		mv s/a.git/$file elsewhere
		ln -s "$T/elsewhere/$file" s/a.git/$file
	done
	mv s/a.git/objects/pack elsewhere
	ln -s "$T/elsewhere/pack" s/a.git/objects/pack
	create 0 a.git
	whole a.git
}
