#!/usr/bin/env bats
# glb-blobs pack: bad command lines, output that fails, trees that change.
# SPDX-License-Identifier: MIT
load helper

MEMBER=1049088 # d/a with its header

# big: a tree whose first file fills no pipe; whole seconds need no pax.
big() {
	mkdir -p d
	bytes 1048576 d/a
	touch d/b
	touch -d @1000 d d/a d/b
}

# mode MODE FILE: chmod, until the kernel's clock has gone on so far that it
# shows in the file's ctime.
mode() {
	local was
	was=$(stat -c %z "$2")
	while chmod "$1" "$2" && [ "$(stat -c %z "$2")" = "$was" ]; do :; done
}

# meanwhile CODE COMMAND [OPTION]...: packs d; when 64 KiB of it are there,
# which is in the middle of d/a, runs COMMAND, which may copy more of it from
# stdin to stdout; the archive is out.
meanwhile() {
	local want=$1 command=$2 got=0
	shift 2
	mkfifo pipe
	glb-blobs pack "$@" d >pipe 2>err 3>&- &
	{
		head -c 65536
		eval "$command"
		cat
	} <pipe >out
	wait $! || got=$?
	same "$want" "$got"
}

@test "wrong command lines: exit 2, nothing on stdout" {
	mkdir d
	local bad
	for bad in "" "pack" "pack d d" "pick d" "pack --on-change=x d" \
		"pack -y d" "pack -x" "unpack" "unpack d d" "list d" "list -x a" \
		"unpack --existing=x d" "unpack --json d" "pack --json d"; do
		# shellcheck disable=SC2086 # words are meant
		try 2 glb-blobs $bad
		same "" "$(cat out)"
		[ -s err ]
	done
}

@test "patterns that match nothing or all: exit 2, nothing on stdout" {
	mkdir d
	local bad
	for bad in /d a/../b ..; do
		try 2 glb-blobs pack -x "$bad" d
		same "glb-blobs: --exclude: $bad: not a path below the directory" \
			"$(cat out err)"
	done
	for bad in . ./ .//.; do
		try 2 glb-blobs pack -x "$bad" d
		same "glb-blobs: --exclude: $bad: would leave out everything" \
			"$(cat out err)"
	done
	try 2 glb-blobs pack -x '' d
}

@test "--help names every option that the man page has, and the other way" {
	local man=$BATS_TEST_DIRNAME/../man/glb-blobs.1
	glb-blobs --help | grep -o -- '--[a-z-]*' | sort -u >want
	sed -n 's/^\.It.* Fl -\([a-z-]*\).*/--\1/p' "$man" | sort -u >got
	cmp want got
}

@test "a terminal is refused: exit 2" {
	mkdir d
	try 2 script -qec 'glb-blobs pack d' /dev/null </dev/null
	same "glb-blobs: refusing to write to a terminal" "$(tr -d '\r' <out)"
}

@test "no such directory: exit 1, nothing on stdout" {
	touch f
	ln -s nowhere l
	try 1 glb-blobs pack d
	same "glb-blobs: d: No such file or directory" "$(cat out err)"
	try 1 glb-blobs pack f
	same "glb-blobs: f: Not a directory" "$(cat out err)"
	try 1 glb-blobs pack --allow-missing f
	same "glb-blobs: f: Not a directory" "$(cat out err)"
	try 1 glb-blobs pack --allow-missing l
	same "glb-blobs: l: No such file or directory" "$(cat out err)"
}

@test "--allow-missing: no directory is an archive without members" {
	try 0 glb-blobs pack --allow-missing d/e
	cmp out <(head -c 10240 /dev/zero)
	same "" "$(tar -tf out)$(cat err)"
}

@test "a full disk: exit 1 and one message" {
	big
	try 1 bash -c 'glb-blobs pack d >/dev/full'
	same "glb-blobs: standard output: No space left on device" "$(cat err)"
	rm d/a
	try 1 bash -c 'glb-blobs pack d >/dev/full'
	same "glb-blobs: standard output: No space left on device" "$(cat err)"
}

@test "stdout closed: exit 1 and one message" {
	mkdir d
	try 1 bash -c 'glb-blobs pack d >&-'
	same "glb-blobs: standard output: Bad file descriptor" "$(cat err)"
}

@test "stdin closed: nothing reads it" {
	big
	try 0 glb-blobs pack d <&-
	same "./ ./a ./b" "$(tar -tf out | xargs)"
}

@test "a reader that is gone: death by SIGPIPE, or exit 1 where it is ignored" {
	big
	# shellcheck disable=SC2016 # for the other bash
	try 0 bash -c 'glb-blobs pack d | head -c 1 >/dev/null
		echo ${PIPESTATUS[0]}'
	same 141 "$(cat out err)"
	# shellcheck disable=SC2016 # for the other bash
	try 0 bash -c 'trap "" PIPE; glb-blobs pack d | head -c 1 >/dev/null
		echo ${PIPESTATUS[0]}'
	same $'1\nglb-blobs: standard output: Broken pipe' "$(cat out err)"
}

@test "GLB_STATUS_FD gets bytes read, bytes written and members" {
	big
	GLB_STATUS_FD=7 glb-blobs pack d 7>status >out
	same '{"bytes_in":1048576,"bytes_out":1054720,"items":3}' \
		"$(tail -n 1 status)"
	same 1054720 "$(stat -c %s out)"
}

@test "a file that grows while it is read is written again, whole" {
	big
	meanwhile 0 'echo more >>d/a'
	same "./ ./a ./a ./b" "$(tar -tf out | xargs)"
	mkdir x && tar -C x -xf out
	cmp d/a x/a
	same "" "$(cat err)"
}

@test "a file that shrinks while it is read is written again" {
	big
	meanwhile 0 'truncate -s 300000 d/a'
	same "./ ./a ./a ./b" "$(tar -tf out | xargs)"
	mkdir x && tar -C x -xf out
	cmp d/a x/a
}

@test "a file that is written to in place is written again" {
	big
	meanwhile 0 'printf X | dd of=d/a bs=1 seek=9 conv=notrunc status=none'
	same "./ ./a ./a ./b" "$(tar -tf out | xargs)"
	mkdir x && tar -C x -xf out
	cmp d/a x/a
}

@test "what changes four times is named: exit 4" {
	big
	# shellcheck disable=SC2016 # for eval
	meanwhile 4 'for i in 1 2 3; do
			touch -d @$i d/a; head -c $MEMBER
		done; touch -d @4 d/a'
	same "glb-blobs: d/a: changed while it was read" "$(cat err)"
	same "./ ./a ./a ./a ./a ./b" "$(tar -tf out | xargs)"
}

@test "--on-change=warn: named, not written again, padded with zeros: exit 4" {
	big
	cp d/a was
	meanwhile 4 'truncate -s 300000 d/a' --on-change=warn
	same "glb-blobs: d/a: changed while it was read" "$(cat err)"
	same "./ ./a ./b" "$(tar -tf out | xargs)"
	mkdir x && tar -C x -xf out
	cmp x/a <(head -c 300000 was; head -c 748576 /dev/zero)
}

@test "--on-change=warn: what has grown is cut to its header's size" {
	big
	cp d/a was
	meanwhile 4 'echo more >>d/a' --on-change=warn
	mkdir x && tar -C x -xf out
	cmp x/a was
}

@test "--on-change=fail: named, and no end marker: exit 1" {
	big
	meanwhile 1 'echo more >>d/a' --on-change=fail
	same "glb-blobs: d/a: changed while it was read" "$(cat err)"
	[ "$(stat -c %s out)" -le $((512 + MEMBER)) ]
}

@test "a file that vanishes is named, the rest is packed: exit 4" {
	big
	touch d/c
	meanwhile 4 'rm d/b'
	same "glb-blobs: d/b: vanished while the tree was read" "$(cat err)"
	same "./ ./a ./c" "$(tar -tf out | xargs)"
}

@test "a file that vanishes while it is read is whole, and named: exit 4" {
	big
	cp d/a was
	meanwhile 4 'mode 600 d/a; rm d/a'
	same "glb-blobs: d/a: vanished while the tree was read" "$(cat err)"
	mkdir x && tar -C x -xf out
	cmp x/a was
}

@test "--on-change=fail: a file that vanishes ends the run: exit 1" {
	big
	meanwhile 1 'rm d/b' --on-change=fail
	same "glb-blobs: d/b: vanished while the tree was read" "$(cat err)"
}

@test "what has become of another type is packed as what it is" {
	big
	mkdir d/c d/d d/e
	touch d/f
	meanwhile 0 'rm -r d/[b-f]; mkfifo d/b; ln -s . d/c
		echo file >d/d; mkdir d/e; touch d/e/f; ln -s a d/f'
	same "p ./b l ./c - ./d d ./e/ - ./e/f l ./f" "$(tar -tvf out |
		sed -n 's/^\(.\).* \(\.\/[b-f][^ ]*\).*/\1 \2/p' | xargs)"
	same "" "$(cat err)"
}

@test "a file with two names that is written again is no link to itself" {
	big
	ln d/a d/z
	meanwhile 0 'mode 600 d/a'
	same "- ./a - ./a - ./b h ./z link to ./a" "$(tar -tvf out |
		sed -n 's/^\([-h]\).*:.. \./\1 ./p' | xargs)"
	mkdir x && tar -C x -xf out
	same 600 "$(stat -c %a x/z)"
	cmp d/a x/z
}

@test "a second name of a file that has changed is a file, not a link" {
	big
	rm d/b && ln d/a d/b
	meanwhile 4 'echo more >>d/a' --on-change=warn
	mkdir x && tar -C x -xf out
	cmp d/b x/b
}

@test "10000 levels need few descriptors and little stack" {
	mkdir -p "$(printf 'd/%.0s' {1..10000})" && touch d/z
	try 0 bash -c 'set -o pipefail; ulimit -n 45; ulimit -s 512
		glb-blobs pack d | tar -t | sed -n "/z/p;\$="'
	same $'./z\n10001' "$(cat out err)"
}

@test "a directory that moves away deep above the current one is named: exit 4" {
	local deep
	deep=d/1/2/3/4/$(printf '5/%.0s' {1..50})
	mkdir -p "$deep"
	bytes 1048576 "$deep/a"
	touch d/1/2/3/z d/z
	meanwhile 4 'mv d/1/2/3/4 d/1/4'
	same "glb-blobs: d/1/2/3: moved while it was read, the rest is left out" \
		"$(cat err)"
	tar -tf out >list
	grep -qx ./z list
	run -1 grep -qx ./1/2/3/z list
}
