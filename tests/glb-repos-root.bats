#!/usr/bin/env bats
# glb-repos create where a test needs root: other owners, a full disk.
# SPDX-License-Identifier: MIT
load helper
load repos

# reachable: lets other users into this test's directory.
reachable() {
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
}

@test "started by root, git runs as the owner of each repository" {
	local id
	reachable
	for id in 65534 4242; do
		normal $id.git
		chown -R $id:$id s/$id.git
		chmod 700 s/$id.git
	done
	normal 0.git
	mkdir home
	echo '[user] name = x' >home/.gitconfig
	sha256sum home/.gitconfig s/*/config >sums
	install -m 666 /dev/null log
	fake_git 'echo "$(id -u) $(id -g) $(id -G) ${dir##*/} $2" >>$T/log'
	HOME=$T/home create 0 0.git 4242.git 65534.git
	same "0 0 0 --version 
0 0 0 0.git pack-objects
4242 4242 4242 4242.git pack-objects
65534 65534 65534 65534.git pack-objects" "$(sort log)"
	sha256sum -c --quiet sums
	same 0 "$(find s t home ! -user 0 -path 't*' | wc -l)"
	chown -R 0:0 s
	whole 4242.git
	whole 65534.git
}

@test "in another user's directory git runs as that user, whoever owns what is there" {
	local no="git show-ref: not a git repository:"
	reachable
	install -d -m 700 closed
	normal private.git
	mv s/private.git closed
	mkdir s/sub
	ln -s "$T/closed/private.git" s/link.git
	ln -s "$T/closed/private.git" s/sub/link.git
	chown -h 65534 s/sub
	create 4 link.git sub/link.git
	same "glb-repos: default/sub/link.git: $no 's/sub/link.git'" "$(cat err)"
	rm -r t
	normal open.git
	chown 65534 s
	create 4 link.git open.git
	same "glb-repos: default/link.git: $no 's/link.git'" "$(cat err)"
}

@test "as an ordinary user, the repositories of others are read, too" {
	reachable
	normal a.git
	install -d -o 65534 out.d
	cp "$(type -P glb-repos)" out.d
	lines a.git >list
	try 0 setpriv --reuid=65534 --regid=65534 --clear-groups \
		out.d/glb-repos create --id=ID --storage=default=s out.d/t <list
	mv out.d/t t
	whole a.git
}

@test "references that the owner may not list are not left out silently" {
	reachable
	normal a.git
	g a.git update-ref refs/heads/secret/one main
	chown -R 65534:65534 s/a.git
	chown 0:0 s/a.git/refs/heads/secret
	chmod 700 s/a.git/refs/heads/secret
	create 4 a.git
	same "glb-repos: default/a.git: refs/heads/secret: Permission denied" \
		"$(cat err)"
}

@test "a full disk ends the run: status 1 and one message" {
	normal a.git
	normal big.git
	g big.git update-ref refs/tags/big \
		"$(head -c 400000 /dev/urandom | g big.git hash-object -w --stdin)"
	lines a.git big.git big.git big.git >list
	mkdir small
	mount -t tmpfs -o size=200k none small
	rc=0
	glb-repos create --id=ID -j1 --storage=default=s small/t \
		<list >out 2>err || rc=$?
	left=$(ls -A small/t)
	umount small
	same 1 "$rc"
	same "glb-repos: small/t: No space left on device" "$(cat err)"
	same "ok failed" "$(grep -o '"status":"[a-z]*' out | cut -d'"' -f4 | xargs)"
	same "default manifests" "$(echo "$left" | xargs)"
}
