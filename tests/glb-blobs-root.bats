#!/usr/bin/env bats
# glb-blobs where a test needs root: links of others, owners, mount points.
# SPDX-License-Identifier: MIT
load helper
load blobs
load swap

@test "another user's link leads root only to what is that user's" {
	mkdir -p shared private/sub own
	ln -s ../private shared/blobs
	ln -s blobs/sub shared/through
	ln -s "$T/own" shared/own
	ln -s shared/own here
	touch own/a
	try 0 glb-blobs pack shared/blobs
	chown -h 65534 shared/* own
	try 1 glb-blobs pack shared/blobs
	same "glb-blobs: shared/blobs: another user's link to what is not that user's" \
		"$(cat err)"
	[ ! -s out ]
	try 1 glb-blobs pack "$T/shared/through/"
	try 0 glb-blobs pack here
	same './ ./a' "$(tar tf out | xargs)"
}

# mounted CODE SCRIPT [OPTION]: with a file system of our own on d, which ends
# with the script.
mounted() {
	# shellcheck disable=SC2016 # for the other bash
	try "$1" unshare -m bash -c 'mount -t tmpfs -o "$1" none d && cp -a kept/. d &&
		touch -r kept d && chmod 751 d && . "$2" && set -e && '"$2" - \
		"${3-size=4m}" "$BATS_TEST_DIRNAME/blobs.bash"
}

# ready: pair for a mount point: kept is what will be on it.
ready() {
	pair
	chown 0:0 d
	touch -d @5000.5 d
	mkdir d/lost+found d/tmp
	touch -d @5000.5 d
	manifest d >old
	mv d kept
	mkdir d
}

@test "DIR is a mount point: what is replaced is kept in it" {
	ready
	mounted 0 'manifest d | diff old -
		glb-blobs unpack --existing=move --keep-replaced -x ./tmp d <new.tar
		ls -A . d
		glb-blobs unpack --existing=move d <new.tar && exit 99
		glb-blobs rollback d
		manifest d | diff old -
		glb-blobs unpack --existing=move --keep-replaced -x ./tmp d <new.tar
		rmdir d/tmp d/lost+found
		touch -d @6000.25 d
		glb-blobs discard d
		manifest d | diff new -'
	same "glb-blobs: d/.glb-restore: holds what was replaced: rollback or discard first" \
		"$(cat err)"
	same ".: .glb-restore both dir file link lost+found pipe tmp" \
		"$(sed -n '/^d:/,$p' out | sed 's/^d:/.:/' | xargs)"
}

@test "DIR is a mount point: killed before any rename, rollback undoes it" {
	ready
	steps
	# shellcheck disable=SC2016 # for the other bash
	mounted 0 'export ONLY=1 ASAN_OPTIONS=verify_asan_link_order=0
		for ((n = 1; ; n++)); do
			rc=0
			AT=$n LD_PRELOAD=./steps.so glb-blobs unpack --existing=move \
				--keep-replaced -x tmp d <new.tar || rc=$?
			glb-blobs rollback d
			manifest d | diff old -
			[ $rc -ne 0 ] || break
			[ $rc -eq 137 ]
		done
		[ $n -gt 15 ]'
}

@test "a full disk: exit 1, one message, DIR as it was" {
	ready
	# shellcheck disable=SC2016 # for the other bash
	mounted 0 'rc=0
		glb-blobs unpack --existing=move d <new.tar || rc=$?
		[ $rc -eq 1 ]
		manifest d | diff old -
		[ ! -e d/.glb-restore ]' size=48k
	same "glb-blobs: d/both/y/f: No space left on device" "$(cat err)"
}

@test "an entry that is a mount point: exit 1, all is put back" {
	pair
	# shellcheck disable=SC2016 # for the other bash
	try 0 unshare -m bash -c '. "$1" && mount -t tmpfs none d/old &&
		manifest d >old && set -e
		rc=0
		glb-blobs unpack --existing=move d <new.tar || rc=$?
		[ $rc -eq 1 ]
		manifest d | diff old -
		ls -d d*
		glb-blobs unpack --existing=delete d <new.tar || rc=1$rc
		[ $rc -eq 11 ]' - "$BATS_TEST_DIRNAME/blobs.bash"
	same d "$(cat out)"
	same "glb-blobs: d/old: Device or resource busy" "$(sort -u err)"
}

@test "where the parent may not be written to, what is replaced is in DIR" {
	pair
	mkdir p
	mv d p
	chown -R 65534 p/d
	chmod 711 .
	manifest p/d >old
	as() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	try 0 as glb-blobs unpack --existing=move --keep-replaced p/d <new.tar
	same "p/d p/d/.glb-restore" "$(find p -name d -o -name .glb-restore | sort | xargs)"
	try 1 glb-blobs rollback p/d
	same "glb-blobs: p/d/.glb-restore: is another user's" "$(cat err)"
	try 0 as glb-blobs rollback p/d
	is old p/d
	chmod 500 p/d
	try 1 as glb-blobs unpack --existing=move p/d <new.tar
	same "glb-blobs: p/d/.glb-restore: Permission denied" "$(cat err)"
}

@test "owners come back; one that cannot be set is status 4, and swapped" {
	pair
	chown -R 4242:4343 d/both
	manifest d >old
	try 0 glb-blobs unpack --existing=move --keep-replaced d <new.tar
	is new
	try 0 glb-blobs rollback d
	is old
	try 4 setpriv --bounding-set=-chown glb-blobs unpack --existing=move d <new.tar
	[ -e d/pipe ]
	[ ! -e d/old ]
	nothing_left
}

@test "another user's link leads root to nothing of others, whatever the verb" {
	local verb
	pair
	ln -s d l
	chown -h 65534 l
	chown 0 d
	manifest d >old
	for verb in "unpack --existing=move" "unpack --existing=delete" rollback \
		discard unpack; do
		# shellcheck disable=SC2086 # words are meant
		try 1 glb-blobs $verb l <new.tar
		same "glb-blobs: l: another user's link to what is not that user's" \
			"$(cat err)"
	done
	is old
	mkdir d.glb-restore d.glb-restore/in d.glb-restore/replaced
	chown 65534 d.glb-restore
	try 1 glb-blobs rollback d
	same "glb-blobs: d.glb-restore: is another user's" "$(cat err)"
	is old
}

@test "a bind mount of the same file system: what is replaced is kept in it" {
	pair
	mv d kept
	mkdir d
	# shellcheck disable=SC2016 # for the other bash
	try 0 unshare -m bash -c '. "$1" && mount --bind kept d && set -e
		glb-blobs unpack --existing=move --keep-replaced d <new.tar
		ls -dA d/.glb*
		glb-blobs rollback d
		manifest d | diff old -' - "$BATS_TEST_DIRNAME/blobs.bash"
	same d/.glb-restore "$(cat out err)"
}
