#!/usr/bin/env bats
# glb-blobs unpack: damaged archives, and such as want to break out.
# SPDX-License-Identifier: MIT
load helper
load blobs

# An archive of one file and a directory: blocks 0 ./, 1 and 2 ./f, then zeros.
small() { archive 'add("./", DIRTYPE); add("./f", data=b"hello")'; }

@test "absolute names are refused" {
	refused "$T/o/new: byte 512: an absolute name" \
		"add('ok'); add('$T/o/new', data=b'x')"
	refused "/: byte 0: an absolute name" 'add("/", DIRTYPE)'
	archive "add('ok'); add('/new')" >in.tar
	try 3 glb-blobs unpack x <in.tar
	same ok "$(names x)"
}

@test "names with .. are refused, wherever it stands" {
	local why='a name with ".." in it'
	refused "../o/new: byte 0: $why" 'add("../o/new")'
	refused "./a/../../o/new: byte 512: $why" \
		'add("./a/", DIRTYPE); add("./a/../../o/new")'
	refused "a/../: byte 0: $why" 'add("a/..", DIRTYPE)'
	refused "..: byte 0: $why" 'add("..", SYMTYPE, linkname="o")'
	refused "../o/: byte 0: $why" 'add("../o/", DIRTYPE, mode=0o777)'
	archive 'add("..a/b.."); add("...")' >in.tar
	try 0 glb-blobs unpack x <in.tar
}

@test "nothing is written through a symbolic link, relative or absolute" {
	local why='a name that leads through a symbolic link'
	refused "./l/new: byte 512: $why" \
		'add("./l", SYMTYPE, linkname="../o"); add("./l/new", data=b"x")'
	refused "l/dir/new: byte 512: $why" \
		"add('l', SYMTYPE, linkname='$T/o'); add('l/dir/new')"
	refused "l/sub/: byte 512: $why" \
		"add('l', SYMTYPE, linkname='$T/o'); add('l/sub/', DIRTYPE)"
	refused "m/new: byte 1024: $why" 'add("l", SYMTYPE, linkname="..")
add("m", SYMTYPE, linkname="l/o"); add("m/new")'
	refused "l/f: byte 512: $why" 'add("l", SYMTYPE, linkname="."); add("l/f")'
	refused "a/l/f: byte 1024: $why" 'add("a/", DIRTYPE)
add("a/l", SYMTYPE, linkname="/proc/self/cwd"); add("a/l/f")'
}

@test "a link is replaced by a member of its name, not followed" {
	mkdir -p o/dir
	echo secret >o/secret
	outside >before
	archive 'add("s", SYMTYPE, linkname="../o/secret")
add("s", data=b"mine", mode=0o777, mtime=1)
add("d", SYMTYPE, linkname="../o/dir")
add("d/", DIRTYPE, mode=0o777, mtime=1)
add("d/f", data=b"mine")' >in.tar
	for mode in fail keep overwrite; do
		rm -rf d
		try 0 glb-blobs unpack --existing=$mode d <in.tar
		outside >after
		cmp before after
		same mine "$(cat d/d/f)"
	done
}

@test "links that were in the tree before are not followed either" {
	mkdir -p o/dir d
	echo secret >o/secret
	ln -s ../o d/l
	ln -s ../o/secret d/s
	outside >before
	archive 'add("s", data=b"x"); add("l/secret", data=b"x")' >in.tar
	for mode in keep overwrite; do
		try 3 glb-blobs unpack --existing=$mode d <in.tar
		same "glb-blobs: l/secret: byte 1024: a name that leads through a symbolic link" \
			"$(cat err)"
		outside >after
		cmp before after
	done
}

@test "hard links to anything but a file of the archive are refused" {
	local target why='a hard link to what is no file of this archive'
	for target in "$T/o/secret" ../o/secret a/../../o/secret nothing .; do
		refused "h: byte 512: $why" \
			"add('a/', DIRTYPE); add('h', LNKTYPE, linkname='$target')"
	done
	refused "h: byte 512: $why" \
		'add("l", SYMTYPE, linkname="../o"); add("h", LNKTYPE, linkname="l/secret")'
	refused "h: byte 512: $why" \
		'add("a/", DIRTYPE); add("h", LNKTYPE, linkname="a")'
	refused "h: byte 0: $why" 'add("h", LNKTYPE, linkname="h")'
	# A link to a link is a name of the link.
	archive 'add("l", SYMTYPE, linkname="../o/secret", mtime=1)
add("h", LNKTYPE, linkname="l"); add("h", data=b"x")' >in.tar
	rm -rf d
	outside >before
	try 0 glb-blobs unpack d <in.tar
	outside >after
	cmp before after
}

@test "overwrite: a hard link to a file that was there before is refused" {
	mkdir d
	echo private >d/private
	archive 'add("h", LNKTYPE, linkname="private")' >in.tar
	try 3 glb-blobs unpack --existing=overwrite d <in.tar
	same "glb-blobs: h: byte 0: a hard link to what is no file of this archive" \
		"$(cat err)"
	same private "$(ls -A d)"
}

@test "devices, sparse files and unknown types are refused" {
	local type
	refused "n: byte 0: a device" 'add("n", CHRTYPE, devmajor=1, devminor=3)'
	refused "n: byte 0: a device" 'add("n", BLKTYPE, devmajor=7)'
	for type in A D M N S V X Z 8 '"'; do
		refused "n: byte 0: a member of a type that is not understood" \
			"add('n'); patch(156, b'$type')"
	done
	refused "standard input: byte 0: a sparse file, which is not understood" \
		'add("n", pax_headers={"GNU.sparse.major": "1"})' PAX_FORMAT
	truncate -s 1M hole && echo >>hole
	tar -Scf in.tar hole
	try 3 glb-blobs unpack x <in.tar
	same "" "$(ls x)"
}

@test "sizes that lie" {
	local early='ends within a member'
	refused "f: byte 10240: $early" \
		'add("f", data=b"x"); patch(124, b"77777777777\0")'
	same "" "$(ls -A d)"
	refused "f: byte 10240: $early" \
		'add("f"); patch(124, b"\x80\0\0\0\x10" + b"\0" * 7)'
	refused "f: byte 0: a size that no file can have" \
		'add("f"); patch(124, b"\x80\0\0\0\x7f" + b"\xff" * 7)'
	refused "standard input: byte 512: a header's checksum does not hold" \
		'add("f", data=b"x" * 600); patch(124, b"00000000000\0")'
	refused "l: byte 0: contents of something that is not a file" \
		'add("l", SYMTYPE, linkname="x"); patch(124, b"00000000005\0")'
	for size in 'b"\xff" * 12' 'b"\xff" * 4 + b"\0" * 8' 'b"-1\0"' \
		'b"\x80\x01" + b"\0" * 10' 'b"9"' 'b"\x80\0\0\0\xff" + b"\0" * 7'; do
		refused "standard input: byte 0: no number where the size should be, or a negative one" \
			"add('f'); patch(124, $size)"
	done
}

@test "owners' ids that are negative or too high are refused" {
	refused "f: byte 0: an owner's id that is too high" \
		'add("f", uid=4294967295)'
	refused "standard input: byte 0: no number where mode or owner should be" \
		'add("f"); patch(108, b"\xff" * 8)'
}

@test "pax records that are malformed are refused" {
	local record
	for record in x '6 a=b' '5 a=b' '7 a=b\n' '0 a=b\n' 'a=b\n' '6  a=b\n' \
		'99999999999999999999 a=b\n' '6 ab=\n8 =b\n' '5 ab\n' \
		'10 size=-\n' '12 size=1 \n' '12 mtime=1,\n' '9 gid=1e\n'; do
		refused "standard input: byte 0: a malformed pax record" \
			"add('x', XHDTYPE, data=b'$record'); add('f')" USTAR_FORMAT
	done
	refused "standard input: byte 0: a NUL in the value of a pax record" \
		"add('x', XHDTYPE, data=b'12 path=a\\0b\n'); add('f')" USTAR_FORMAT
	refused "standard input: byte 0: a NUL in a name" \
		'add("x", b"L", data=b"a\0b"); add("f")'
	refused "standard input: byte 1024: a header without its member" \
		"add('x', XHDTYPE, data=b'6 a=b\n')" USTAR_FORMAT
}

@test "a pax record cannot say what a name may not" {
	refused '../o/new: byte 1024: a name with ".." in it' \
		'add("f", pax_headers={"path": "../o/new"})' PAX_FORMAT
	refused 'h: byte 1024: a hard link to what is no file of this archive' \
		'add("h", LNKTYPE, pax_headers={"linkpath": "../o/secret"})' PAX_FORMAT
}

@test "names of 64 KiB and more harm nothing" {
	local name
	name=$(printf '%0256d' 0)
	archive 'add("a" * 65536)' >in.tar
	try 1 glb-blobs unpack x <in.tar
	same "File name too long" "$(sed 's/.*: //' err)"
	archive 'add(("n" * 255 + "/") * 255 + "f" * 255, data=b"x")' >in.tar
	try 0 bash -c 'ulimit -v '"$(memory 50000)"'; exec glb-blobs unpack y <in.tar'
	same "256 1" "$(find y -type f -printf '%d %s\n')"
	refused "standard input: byte 0: a name or pax header that is too long" \
		'add("a/" * 32768 + "ff")'
	refused "standard input: byte 0: a name or pax header that is too long" \
		'add("f", pax_headers={"x": "x" * 1048576})' PAX_FORMAT
	archive "add('$name/f')" >in.tar
	try 1 glb-blobs unpack z <in.tar
	same "glb-blobs: z/$name/f: File name too long" "$(cat err)"
}

@test "truncated anywhere: exit 3, what is incomplete is not there" {
	local n reason
	small >in.tar
	for n in 0 1 511 512 1024 1029 1535 1536 2047 2048 2559; do
		rm -rf x
		head -c $n in.tar >cut.tar
		try 3 glb-blobs unpack x <cut.tar
		reason="standard input: byte $n: ends without its two blocks of zeros"
		case $n in
		1024 | 1029 | 1535) reason="./f: byte $n: ends within a member" ;;
		esac
		same "glb-blobs: $reason" "$(cat err)"
		[ $n -ge 1024 ] || same "" "$(ls -A x)"
		[ $n -ne 1024 ] || same "" "$(ls -A x)"
		try 3 glb-blobs list <cut.tar
		same "glb-blobs: $reason" "$(cat err)"
	done
	head -c 2560 in.tar | glb-blobs list
	head -c 2561 in.tar >cut.tar
	try 3 glb-blobs unpack y <cut.tar
	same "glb-blobs: standard input: byte 2561: ends within a block" \
		"$(cat err)"
}

@test "truncated at each block of a larger archive: exit 3" {
	local n size
	mkdir d
	bytes 3000 d/a && bytes 600 d/c && ln d/c d/e && ln -s x d/l
	touch "d/$(printf '%0150d' 3)"
	glb-blobs pack d >in.tar
	size=$(wc -c <in.tar)
	for ((n = 0; n < size; n += 512)); do
		head -c $n in.tar | tail -c 1024 | tr -d '\0' >last
		[ $n -eq 0 ] || [ -s last ] || break
		rm -rf x
		try 3 bash -c "head -c $n in.tar | { glb-blobs unpack x; }"
	done
	[ $n -gt 8000 ]
}

@test "one flipped bit in a header or behind the end: exit 3" {
	local n
	small >in.tar
	for n in {0..511..13} 150 155 156 257 511 {512..1023..29} 1536 2047 \
		2048 2559 2560 10239; do
		perl -0777 -pe "substr(\$_, $n, 1) ^= chr(1 << $n % 8)" \
			in.tar >bad.tar
		rm -rf x
		try 3 glb-blobs unpack x <bad.tar
		same 1 "$(wc -l <err)"
		try 3 glb-blobs list <bad.tar
	done
	# The first is of the header of ./f.
	same "glb-blobs: standard input: byte 10239: more behind its end" \
		"$(cat err)"
}

@test "a lone block of zeros is no end" {
	small >in.tar
	{ head -c 2048 in.tar; cat in.tar; } >two.tar
	try 3 glb-blobs unpack x <two.tar
	same "glb-blobs: standard input: byte 2048: a lone block of zeros" \
		"$(cat err)"
}
