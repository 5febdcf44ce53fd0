#!/usr/bin/env bats
# glb-blobs pack: what is read ahead of the walk comes out as if it were not.
# SPDX-License-Identifier: MIT
load helper
load blobs

# small_tree: 700 files, nearly all small, in 360 directories; one is large.
small_tree() {
	perl -e '
		for my $i (0 .. 59) {
			my $d = "d/" . int($i / 8) . "/$i";
			mkdir for "d", "d/" . int($i / 8), $d;
			mkdir "$d/$_" for qw(a b b/c b/c/e b/d b/d/tmp);
			for my $f (qw(1 2 a/3 a/4 b/1 b/2 b/c/5 b/c/6 b/c/e/7
					b/d/1 b/d/tmp/x z)) {
				open(my $h, ">", "$d/$f") or die;
				print $h "$i $f " x ($f eq "z" ? $i * 500 : 1);
			}
		}'
	bytes 1048576 d/5/42/large
	ln d/1/8/1 d/7/56/b/link
}

# alone ARG...: the same without a descriptor to read ahead with.
alone() {
	bash -c 'ulimit -n 64; exec "$@"' - glb-blobs pack "$@"
}

# both STATUS ARG...: reading ahead or not, status, archive and messages are
# the same.
both() {
	try "$1" alone "${@:2}"
	mv out want
	mv err want.err
	for _ in 1 2 3; do
		try "$1" glb-blobs pack "${@:2}"
		cmp want out
		cmp want.err err
	done
}

@test "the bytes are the same as without, and the tree comes back" {
	small_tree
	both 0 d
	mkdir x
	tar -C x -xpf out
	manifest d >want
	manifest x >got
	cmp want got
}

@test "patterns hold for what is read ahead" {
	small_tree
	both 0 -x tmp -x 5/44/b/c -x ./7/59/z d
	tar -tf out >list
	run -1 grep -E '/tmp/|^./5/44/b/c|^./7/59/z$' list
	grep -qx ./5/43/b/c/5 list
	grep -qx ./7/58/z list
}

@test "what cannot be read is named in its order, the rest is packed: exit 4" {
	small_tree
	chmod 0 d/3/25/a d/4/33/b/1 d/6/50/z
	try 4 weak glb-blobs pack d
	chmod -R u+rwX d
	same "glb-blobs: d/3/25/a: Permission denied
glb-blobs: d/4/33/b/1: Permission denied
glb-blobs: d/6/50/z: Permission denied" "$(cat err)"
	(cd d && find . ! -path './3/25/a*' ! -path ./4/33/b/1 \
		! -path ./6/50/z | sort) >want
	tar -tf out | sed 's,\(.\)/$,\1,' | sort | cmp want -
}

@test "special files among those read ahead come out in their order" {
	small_tree
	mkfifo d/2/17/a/3p
	ln -s nowhere d/2/18/a/3l
	perl -MIO::Socket::UNIX -e \
		'IO::Socket::UNIX->new(Local => "d/2/19/s", Listen => 1)'
	both 0 d
	same "glb-blobs: d/2/19/s: socket, left out" "$(cat err)"
}

@test "a file that grows behind small ones is written again, whole" {
	local total
	small_tree
	rm -r d/[67]
	total=$(glb-blobs pack -x large d | wc -c)
	mkfifo pipe
	glb-blobs pack d >pipe 2>err 3>&- &
	{
		# All that is before it takes less, and its end takes more.
		head -c $((total - 500000))
		echo more >>d/5/42/large
		cat
	} <pipe >out
	wait $!
	same 2 "$(tar -tf out | grep -cx ./5/42/large)"
	mkdir x
	tar -C x -xf out
	cmp d/5/42/large x/5/42/large
}

@test "a full disk ends all: exit 1 and one message" {
	small_tree
	try 1 bash -c 'glb-blobs pack d >/dev/full'
	same "glb-blobs: standard output: No space left on device" "$(cat err)"
	# shellcheck disable=SC2016 # for the other bash
	try 0 bash -c 'glb-blobs pack d | head -c 300000 >/dev/null
		echo ${PIPESTATUS[0]}'
	same 141 "$(cat out err)"
}

@test "a reader that stops for a while does not make memory grow" {
	local i pid limit
	limit=$(memory 40000)
	mkdir d
	for i in {1..800}; do echo "d/$i"; done | xargs truncate -s 131072
	mkfifo pipe
	glb-blobs pack d >pipe 3>&- &
	pid=$!
	{
		head -c 100000000 >/dev/null
		# It cannot end: more is to come than a pipe takes.
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status >peak
		cat >/dev/null
	} <pipe
	wait $pid
	[ "$limit" = unlimited ] || [ "$(cat peak)" -lt "$limit" ]
}
