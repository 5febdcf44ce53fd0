#!/usr/bin/env bats
# glb-repos restore by root: owners, foreign files, full disks.
# SPDX-License-Identifier: MIT
load helper
load repos

# reachable: lets other users into this test's directory.
reachable() {
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
}

@test "all that is made belongs to the storage's owner, and git runs as it" {
	reachable
	normal a/b.git
	mkdir s/a/b.git/custom_hooks
	echo hook >s/a/b.git/custom_hooks/hook
	empty c.git
	create 0 a/b.git c.git
	chmod -R go= t
	mv s old
	mkdir s
	chown 4242:4243 s
	chmod 700 s
	install -m 666 /dev/null log
	fake_git '[ "$1" = --version ] ||
		echo "$(id -u) $(id -g) $(id -G) $2" >>$T/log'
	restore 0 --keep-replaced
	same "4242 4243 4243 index-pack
4242 4243 4243 init
4242 4243 4243 pack-refs" "$(sort -u log)"
	same "4242:4243" "$(find s -printf '%U:%G\n' | sort -u)"
	same "755 644" "$(stat -c %a s/a/b.git s/a/b.git/HEAD | xargs)"
	chown -R 0:0 s
	rm -r s/+gitaly
	back old a/b.git c.git
}

@test "a parent that dies just while ids change: it ends by SIGTERM all the same" {
	reachable
	normal a.git
	create 0 a.git
	rm -r s
	mkdir s
	chown 4242:4243 s
	cc -shared -fPIC -O1 -D_GNU_SOURCE -o orphan.so \
		"$BATS_TEST_DIRNAME/orphan.c"
	mkfifo ended
	sh -c 'LD_PRELOAD=./orphan.so ASAN_OPTIONS=verify_asan_link_order=0 \
		setpriv --pdeathsig TERM glb-repos restore --storage=default=s t \
		<list >out 2>err 8>ended; :' 3>&- &
	cat ended
	same "" "$(cat out)"
	[ ! -e s/a.git ]
}

@test "a storage's owner cannot make root write elsewhere by links" {
	reachable
	normal a.git
	create 0 a.git
	mkdir -p root t/manifests/default/l
	cp -r t/manifests/default/a.git t/manifests/default/l
	lines l/a.git >list
	ln -s ../root s/l
	ln -s ../root s/+gitaly
	chown -h 4242:4242 s s/l s/+gitaly
	restore 4
	same "glb-repos: default/l/a.git: s/+gitaly: Not a directory" "$(cat err)"
	rm s/+gitaly
	restore 4
	same "glb-repos: default/l/a.git: l: Not a directory" "$(cat err)"
	same '' "$(ls -A root)"
}

@test "what the storage's owner may not move fails, and stays" {
	reachable
	normal a.git
	create 0 a.git
	chown 4242:4242 s
	commit a.git refs/heads/since
	sums s/a.git >before
	restore 4
	same "glb-repos: default/a.git: cannot be put in its place: Permission\
 denied" "$(cat err)"
	sums s/a.git | cmp - before
	[ ! -e s/+gitaly ]
}

@test "former repositories with files of others are removed all the same" {
	reachable
	normal a.git
	create 0 a.git
	chown -R 4242:4242 s
	mkdir -m 700 s/a.git/objects/zz
	touch s/a.git/objects/zz/file
	restore 0
	[ ! -s err ]
	[ ! -e s/+gitaly ]
}

@test "a full storage ends the run: status 1, one message, nothing half-done" {
	local i
	normal a.git
	normal big.git
	g big.git update-ref refs/tags/big \
		"$(head -c 400000 /dev/urandom | g big.git hash-object -w --stdin)"
	for i in 2 3 4; do cp -r s/big.git s/big$i.git; done
	create 0 a.git big{,2,3,4}.git
	cp -r s/a.git .
	mkdir small
	# A mount of our own, which ends with the shell that made it.
	try 1 unshare -m bash -c 'mount -t tmpfs -o size=300k none small &&
		cp -r a.git small &&
		glb-repos restore -j1 --storage=default=small t <list
		rc=$?; find small/+gitaly -maxdepth 3; ls small; exit $rc'
	same "glb-repos: small: No space left on device
glb-repos: small/+gitaly/glb-restore.N: holds what was replaced" \
		"$(sed 's/restore\.[0-9]*/restore.N/' err)"
	same "ok failed" "$(grep -o '"status":"[a-z]*' out | cut -d'"' -f4 | xargs)"
	same "+gitaly
a.git
small/+gitaly
small/+gitaly/glb-restore.N
small/+gitaly/glb-restore.N/ended
small/+gitaly/glb-restore.N/replaced
small/+gitaly/glb-restore.N/replaced/a.git" "$(grep -v '^{' out | sort | sed 's/restore\.[0-9]*/restore.N/')"
}

@test "extract onto a full disk: status 1, one message, nothing half-done" {
	normal big.git
	g big.git update-ref refs/tags/big \
		"$(head -c 400000 /dev/urandom | g big.git hash-object -w --stdin)"
	create 0 big.git
	mkdir small
	try 1 unshare -m bash -c 'mount -t tmpfs -o size=300k none small &&
		glb-repos extract t small/d <list; rc=$?; ls -A small; exit $rc'
	same "glb-repos: default/big.git: small: No space left on device" \
		"$(cat err)"
	same "$(result big.git failed 0 0 'small: No space left on device')" \
		"$(cat out)"
}
