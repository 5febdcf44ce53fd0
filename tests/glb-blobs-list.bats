#!/usr/bin/env bats
# glb-blobs list: what it says of archives, and the manners of both readers.
# SPDX-License-Identifier: MIT
load helper
load blobs

# Making very many files takes a file system in memory seconds, a disk minutes.
teardown() { if [ -n "${many-}" ]; then rm -rf "$many"; fi; }

EARLY='ends without its two blocks of zeros'

kinds() {
	archive 'add("./", DIRTYPE, mode=0o1770, uid=5, gid=6, uname="git")
add("./f", data=b"hello", mode=0o4755, mtime=1, uname="a", gname="b")
add("./h", LNKTYPE, linkname="./f", mode=0o2644)
add("./l", SYMTYPE, linkname="to\there", mode=0o777, mtime=-1)
add("./p\nq", FIFOTYPE, mode=0o600, mtime=99999999999)
add("/dev/null", CHRTYPE, mode=0o7666, mtime=1.25)
add("../b", BLKTYPE, mode=0o7000, pax_headers={"mtime": "-0.5"})
add("n", pax_headers={"path": "\udcff\u00e4", "hdrcharset": "BINARY"})
add("h", LNKTYPE, pax_headers={"linkpath": "\udcfe/a", "hdrcharset": "BINARY"})' \
		PAX_FORMAT
}

@test "a line a member: mode, owner, size, time in UTC, name -> link" {
	kinds >in.tar
	TZ=Asia/Tokyo try 0 glb-blobs list <in.tar
	same "" "$(cat err)"
	cat >want <<-'END'
		drwxrwx--T git/6 0 1970-01-01T00:00:00Z ./
		-rwsr-xr-x a/b 5 1970-01-01T00:00:01Z ./f
		hrw-r-Sr-- 0/0 0 1970-01-01T00:00:00Z ./h -> ./f
		lrwxrwxrwx 0/0 0 1969-12-31T23:59:59Z ./l -> to here
		prw------- 0/0 0 5138-11-16T09:46:39Z ./p q
		crwSrwSrwT 0/0 0 1970-01-01T00:00:01.25Z /dev/null
		b--S--S--T 0/0 0 1969-12-31T23:59:59.5Z ../b
		-rw-r--r-- 0/0 0 1970-01-01T00:00:00Z \xFFä
		hrw-r--r-- 0/0 0 1970-01-01T00:00:00Z h -> \xFE/a
	END
	diff want out
}

@test "--json: an object a line, exact names, bytes that are not UTF-8 apart" {
	kinds >in.tar
	try 0 glb-blobs list --json <in.tar
	same "" "$(cat err)"
	same 9 "$(jq -c . out | wc -l)"
	same "directory file hardlink symlink fifo char block file hardlink" \
		"$(jq -r .type out | xargs)"
	same '{"type":"directory","mode":"1770","uid":5,"gid":6,"user":"git","group":"","size":0,"mtime":"1970-01-01T00:00:00Z","name":"./","link":null}' \
		"$(head -n 1 out)"
	same '"./p\nq" "to\there" "\\xFFä" "/8Ok" "/i9h"' "$(jq -s -r \
		'[.[4].name, .[3].link, .[7].name, .[7].name_base64,
		.[8].link_base64] | map(tojson) | join(" ")' out)"
	same 2 "$(grep -c base64 out)"
}

@test "times that no calendar has are listed by their seconds" {
	archive 'add("f", pax_headers={"mtime": "9000000000000000000"})' \
		PAX_FORMAT >in.tar
	try 0 glb-blobs list <in.tar
	same "-rw-r--r-- 0/0 0 @9000000000000000000 f" "$(cat out)"
}

@test "what GNU tar lists of our archives, list has too" {
	mkdir -p d/e
	touch d/a "d/e/$(printf '%0200d' 1)"
	ln d/a d/b
	ln -s "$(printf '%0300d' 2)" d/l
	glb-blobs pack d >in.tar
	tar -tf in.tar >want
	glb-blobs list --json <in.tar | jq -r .name >got
	cmp want got
}

@test "an empty stream is no archive, an empty archive is one" {
	: >empty
	head -c 1024 /dev/zero >zeros
	try 3 glb-blobs list <empty
	same "glb-blobs: standard input: byte 0: $EARLY" "$(cat out err)"
	try 3 glb-blobs unpack x <empty
	try 0 glb-blobs list <zeros
	same "" "$(cat out err)"
	try 0 glb-blobs unpack y <zeros
	same 755 "$(stat -c %a y)"
	echo text >text
	try 3 glb-blobs list <text
	bytes 1000 junk
	try 3 glb-blobs list <junk
	same "glb-blobs: standard input: byte 0: a header's checksum does not hold" \
		"$(cat out err)"
}

@test "stdin closed, a directory: exit 1; a terminal: exit 2" {
	for verb in list "unpack x"; do
		# shellcheck disable=SC2086 # words are meant
		try 1 glb-blobs $verb <&-
		same "glb-blobs: standard input: Bad file descriptor" "$(cat err)"
		# shellcheck disable=SC2086 # words are meant
		try 1 glb-blobs $verb <.
		same "glb-blobs: standard input: Is a directory" "$(cat err)"
		try 2 script -qec "glb-blobs $verb" /dev/null </dev/null
		same "glb-blobs: refusing to read from a terminal" \
			"$(tr -d '\r' <out)"
	done
}

@test "stdout full or closed, a reader that is gone" {
	archive 'for i in range(3000): add("f%d" % i)' >in.tar
	try 1 bash -c 'glb-blobs list <in.tar >/dev/full'
	same "glb-blobs: standard output: No space left on device" "$(cat err)"
	try 1 bash -c 'glb-blobs list <in.tar >&-'
	same "glb-blobs: standard output: Bad file descriptor" "$(cat err)"
	# shellcheck disable=SC2016 # for the other bash
	try 0 bash -c 'glb-blobs list <in.tar | head -c 1 >/dev/null
		echo ${PIPESTATUS[0]}'
	same 141 "$(cat out err)"
	try 0 bash -c 'glb-blobs unpack x <in.tar >&-'
}

@test "a full disk: exit 1, one message, no file under its name" {
	archive 'add("./a"); add("./big", data=b"x" * 300000); add("./z")' >in.tar
	try 1 bash -c 'trap "" XFSZ; ulimit -f 100; glb-blobs unpack x <in.tar'
	same "glb-blobs: x/big: File too large" "$(cat out err)"
	same a "$(ls -A x)"
}

@test "GLB_STATUS_FD gets bytes read, bytes written and members" {
	archive 'add("./", DIRTYPE); add("./f", data=b"x" * 5000)' >in.tar
	GLB_STATUS_FD=7 glb-blobs unpack x 7>status <in.tar
	same '{"bytes_in":10240,"bytes_out":5000,"items":2}' \
		"$(tail -n 1 status)"
	GLB_STATUS_FD=7 glb-blobs list 7>status <in.tar >out
	same '{"bytes_in":10240,"bytes_out":0,"items":2}' "$(tail -n 1 status)"
}

@test "bytes that come one by one are read all the same" {
	archive 'add("./", DIRTYPE); add("./f", data=b"x" * 700)' >in.tar
	try 0 bash -c 'set -o pipefail
		perl -e "\$/ = \\1; \$| = 1; print while <>" in.tar |
			glb-blobs list'
	same 2 "$(wc -l <out)"
}

@test "100000 members need no more memory than one" {
	cat >many.py <<-'END'
		import sys
		out = sys.stdout.buffer
		for i in range(100000):
		    b = bytearray(512)
		    b[0:16] = b"./d%05d/f%06d" % (i // 1000, i)
		    b[100:107] = b"0000644"
		    b[124:135] = b"00000000001"
		    b[148:156] = b" " * 8
		    b[156:157] = b"0"
		    b[148:155] = b"%06o\0" % sum(b)
		    out.write(b + b"x" * 1 + bytes(511))
		out.write(bytes(10240))
	END
	python3 many.py >in.tar
	# shellcheck disable=SC2016 # for the other bash
	try 0 bash -c 'set -o pipefail; ulimit -v "$1"
		glb-blobs list <in.tar | wc -l' - "$(memory 8000)"
	same 100000 "$(cat out)"
	many=$(mktemp -d -p /dev/shm 2>err || mktemp -d)
	# shellcheck disable=SC2016 # for the other bash
	try 0 bash -c 'ulimit -v "$2"; glb-blobs unpack "$1" <in.tar' - \
		"$many" "$(memory 8000)"
	same 100000 "$(find "$many" -type f | wc -l)"
	rm -rf "$many"
}
