#!/usr/bin/env bats
# glb-blobs unpack: what it makes of archives from us and from others.
# SPDX-License-Identifier: MIT
load helper
load blobs

# tree: d, of whole seconds and names and types that every format can hold.
tree() {
	mkdir -p d/a/b d/empty
	bytes 70000 d/a/f
	: >d/a/b/empty
	ln d/a/f d/hard
	ln -s ../o d/a/link
	chmod 4711 d/a/f
	chmod 1777 d/empty
	chmod 711 d/a/b
	find d -exec touch -h -d @1234567890 {} +
	manifest d >want
}

# unpacks [COMMAND...]: the archive in.tar is the tree d again.
unpacks() {
	rm -rf x
	try 0 "$@" glb-blobs unpack x <in.tar
	same "" "$(cat out err)"
	manifest x >got
	cmp want got
}

@test "round trip at 0, 1, 65535, 65536, 65537 and 300000 bytes" {
	mkdir d
	for n in 0 1 65535 65536 65537 300000; do bytes $n d/$n; done
	manifest d >want
	glb-blobs pack d >in.tar
	unpacks
}

@test "archives of GNU tar: v7, oldgnu, gnu, ustar and pax" {
	local format
	tree
	mkfifo d/p && touch -d @9 d/p d
	manifest d >want
	for format in oldgnu gnu ustar pax; do
		tar -C d --format=$format -cf in.tar .
		unpacks
	done
	rm d/p && touch -d @9 d
	manifest d >want
	tar -C d --format=v7 -cf in.tar .
	unpacks
}

@test "archives of Python: ustar, gnu and pax" {
	local format
	tree
	for format in USTAR GNU PAX; do
		archive 't.add("d", ".")' ${format}_FORMAT >in.tar
		unpacks
	done
}

@test "GNU's long names and targets, large numbers and early times" {
	local long
	long=$(printf 'n%.0s' {1..200})
	mkdir -p "d/$long/$long"
	ln -s "$long$long" "d/$long/$long/link"
	touch -d @-1000 "d/$long/f"
	ln "d/$long/f" "d/$long/hard"
	[ "$(id -u)" -ne 0 ] || chown 3000000:4000000000 "d/$long/f"
	find d -type d -exec touch -d @99999999999 {} +
	manifest d | sed 's/\(|-*[0-9]*\)\.[0-9]*/\1/' >want
	tar -C d --format=gnu -cf in.tar . 2>err
	glb-blobs unpack x <in.tar
	manifest x | sed 's/\(|-*[0-9]*\)\.[0-9]*/\1/' >got
	# What the format has no room for: a link's fraction of a second.
	diff want got
}

@test "members in any order, and directories that are only implied" {
	archive 'add("./a/b/c", data=b"c")
add("a//./b/d")
add("./a/b/", DIRTYPE, mode=0, mtime=5)
add("./a/", DIRTYPE, mode=0o500, mtime=6)
add("./a/b/e")' >in.tar
	try 0 bash -c 'umask 027; exec glb-blobs unpack x <in.tar'
	same "x 750 x/a 500 x/a/b 0" "$(stat -c '%n %a' x x/a x/a/b | xargs)"
	same "5 6" "$(stat -c %Y x/a/b x/a | xargs)"
	same "c d e" "$(names x/a/b)"
	archive 'add("p/q/f")' >in.tar
	rm -rf x
	try 0 bash -c 'umask 027; exec glb-blobs unpack x <in.tar'
	same "750 750 750" "$(stat -c %a x x/p x/p/q | xargs)"
}

@test "global pax records rule until they are overruled" {
	archive 't.pax_headers = {"mtime": "7.5", "uname": "", "comment": "no"}
t = open(fileobj=out, mode="w", format=PAX_FORMAT, pax_headers=t.pax_headers)
add("a", mtime=3)
add("b", mtime=3, pax_headers={"mtime": "8.25", "SCHILY.xattr.a": "="})
add("c", mtime=3, pax_headers={"path": "d"})' PAX_FORMAT >in.tar
	try 0 glb-blobs unpack x <in.tar
	same "a 7.5 b 8.25 d 7.5" \
		"$(cd x && find . -type f -printf '%f %T@\n' |
			sort | sed 's/0*$//' | xargs)"
}

@test "the last of several members with one name wins, links too" {
	archive 'add("a", data=b"first, and longer")
add("l", LNKTYPE, linkname="a")
add("a", data=b"second")
add("l2", LNKTYPE, linkname="a")
add("s", SYMTYPE, linkname="/nowhere")
add("s", data=b"file")
add("t")
add("t/", DIRTYPE, mode=0o700)
add("l", SYMTYPE, linkname="a")
add("a", LNKTYPE, linkname="a")' >in.tar
	local mode
	for mode in fail keep overwrite; do
		rm -rf x
		try 0 glb-blobs unpack --existing=$mode x <in.tar
		same "" "$(cat out err)"
		same "second second file" "$(cat x/a <(echo) x/l2 <(echo) x/s | xargs)"
		same a "$(readlink x/l)"
		same "a l l2 s t" "$(names x)"
		same "2 700" "$(stat -c %h x/a) $(stat -c %a x/t)"
	done
}

@test "--existing=fail: what is not empty is left alone: exit 1" {
	mkdir x
	touch x/.hidden
	archive 'add("a")' >in.tar
	try 1 glb-blobs unpack x <in.tar
	same "glb-blobs: x: Directory not empty" "$(cat out err)"
	same .hidden "$(ls -A x)"
	mv x/.hidden x/lost+found
	try 1 glb-blobs unpack x <in.tar
	rm x/lost+found && mkdir x/lost+found
	try 0 glb-blobs unpack --existing=fail x <in.tar
	same "a lost+found" "$(names x)"
}

@test "--existing=keep: files stay and are counted, directories merge" {
	mkdir -p x/d
	echo old | tee x/a x/d/b >x/c
	ln -s c x/s
	manifest x >was
	archive 'add("d/", DIRTYPE, mode=0o711, mtime=4)
add("a", data=b"new")
add("d/b", data=b"new")
add("d/n", data=b"new")
add("s", data=b"new")
add("h", LNKTYPE, linkname="a")
add("a", data=b"newer")' >in.tar
	try 0 glb-blobs unpack --existing=keep x <in.tar
	same "glb-blobs: x: 4 existing files kept" "$(cat out err)"
	same "old old old old" "$(cat x/a x/d/b x/h x/c | xargs)"
	same "new 711 c" "$(cat x/d/n) $(stat -c %a x/d) $(readlink x/s)"
	[ x/a -ef x/h ]
	rm x/h x/d/b
	try 0 glb-blobs unpack --existing=keep x <in.tar
	same "glb-blobs: x: 4 existing files kept" "$(cat out err)"
}

@test "--existing=overwrite: each file is a new one, others stay" {
	mkdir -p x/d o
	echo old | tee x/a x/other >x/d/b
	ln x/a o/a
	ln -s ../o/a x/s
	ln -s o x/to
	archive 'add("a", data=b"new")
add("d/b", data=b"new")
add("s", data=b"new")
add("to", DIRTYPE)
add("to/f", data=b"new")' >in.tar
	try 0 glb-blobs unpack --existing=overwrite x <in.tar
	same "" "$(cat out err)"
	same "old old" "$(cat o/a x/other | xargs)"
	same newnewnewnew "$(cat x/a x/d/b x/s x/to/f)"
	same "a" "$(ls o)"
	same "a d other s to" "$(names x)"
}

@test "a directory where a file should be, and the reverse for keep: exit 1" {
	mkdir -p x/a/b
	touch x/f
	archive 'add("a")' >in.tar
	for mode in keep overwrite; do
		try 1 glb-blobs unpack --existing=$mode x <in.tar
		same "glb-blobs: x/a: a directory is in the way" "$(cat out err)"
	done
	archive 'add("f", DIRTYPE)' >in.tar
	try 1 glb-blobs unpack --existing=keep x <in.tar
	same "glb-blobs: x/f: something that is no directory is in the way" \
		"$(cat out err)"
	same "b" "$(ls x/a)"
}

@test "an ordinary user owns it all; umask applies; set-id bits go" {
	archive 'add("mine", mode=0o6777, uid=65534, gid=65534)
add("other", mode=0o6777, uid=1, gid=1)
add("d/", DIRTYPE, mode=0o1777, uid=1, gid=1)
add("l", SYMTYPE, linkname="x", uid=1)
add("named", mode=0o4755, uname="root", uid=65534, gid=65534)' >in.tar
	try 0 plain bash -c 'umask 022; exec glb-blobs unpack x <in.tar'
	same "" "$(cat out err)"
	[ "$(id -u)" -ne 0 ] || same 6755 "$(stat -c %a x/mine)"
	same "755 755 755" "$(stat -c %a x/other x/d x/named | xargs)"
	same 1 "$(find x -printf '%U %G\n' | sort -u | wc -l)"
}

@test "an ordinary user unpacks what nobody may read or write" {
	archive 'add("a/", DIRTYPE, mode=0, mtime=1)
add("a/b/", DIRTYPE, mode=0o300, mtime=2)
add("a/b/c/", DIRTYPE, mode=0, mtime=3)
add("a/b/c/f", data=b"x", mode=0, mtime=4)
add("a/", DIRTYPE, mode=0, mtime=5)' >in.tar
	try 0 plain glb-blobs unpack x <in.tar
	same "" "$(cat out err)"
	same "0 5" "$(stat -c '%a %Y' x/a)" && plain chmod 700 x/a
	same "300 2" "$(stat -c '%a %Y' x/a/b)" && plain chmod 700 x/a/b
	same "0 3" "$(stat -c '%a %Y' x/a/b/c)" && plain chmod 700 x/a/b/c
	same "0 4 1" "$(stat -c '%a %Y %s' x/a/b/c/f)"
}

@test "the tree of an ordinary user comes back to him" {
	tree
	chmod 755 d/a/f d/empty
	[ "$(id -u)" -ne 0 ] || chown -hR 65534:65534 d
	find d -exec touch -h -d @1234567890 {} +
	manifest d >want
	glb-blobs pack d >in.tar
	unpacks plain bash -c 'umask 0; "$@"' -
}

@test "3000 levels come back, with few descriptors" {
	mkdir -p "$(printf 'd/%.0s' {1..3000})" && touch d/z
	glb-blobs pack d >in.tar
	try 0 bash -c 'ulimit -n 20; exec glb-blobs unpack x <in.tar'
	glb-blobs pack x | cmp - in.tar
}
