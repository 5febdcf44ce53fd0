#!/usr/bin/env bats
# glb-blobs pack: what is in the archive, read back by GNU tar and unpack.
# SPDX-License-Identifier: MIT
load helper
load blobs

# round_trip: d and what GNU tar and we make of its archive are the same.
round_trip() {
	try 0 glb-blobs pack d
	same "" "$(cat err)"
	rm -rf x && mkdir x
	# GNU tar 1.34 warns of what it does not know or finds too old.
	tar -C x --warning=no-timestamp --warning=no-unknown-keyword -xpf out
	manifest d >want
	manifest x >got
	cmp want got
	rm -rf y
	cp out in.tar
	try 0 glb-blobs unpack y <in.tar
	same "" "$(cat out err)"
	mv in.tar out
	manifest y >got
	cmp want got
}

@test "files of every size round buffers and blocks come back" {
	mkdir d
	for n in 0 1 511 512 513 65024 65535 65536 65537 300000; do
		bytes $n d/$n
	done
	round_trip
}

@test "names of any bytes come back" {
	mkdir -p 'd/with space' $'d/new\nline' $'d/\377\376' d/-r
	touch 'd/a b' $'d/\n' d/-n 'd/back\slash' $'d/\303\244' $'d/\377'
	touch $'d/tab\t' d/* 'd/*' 'd/ '
	ln -s $'\377 \n' d/link
	round_trip
}

@test "paths of 99 to 300 and of 4000 bytes, UTF-8 or not, come back" {
	local n dir
	for n in 97 98 99 100 101 150 155 156; do
		dir=d/$(printf "%0${n}d" 0)
		mkdir -p "$dir/$(printf '%098d' 1)"
		touch "$dir/"{a,"$(printf '%0100d' 1)","$(printf '%0200d' 2)"}
	done
	dir=$(printf "$(printf '%0199d/' 0)%.0s" {1..19})
	mkdir -p "d/$dir"
	touch "d/$dir$(printf '%0190d' 7)" "d/$dir"$'\377'
	dir=$(printf $'\303\244%.0s' {1..100})
	mkdir -p "d/$dir/$dir"
	round_trip
}

@test "symbolic links are stored, never followed" {
	mkdir d e
	echo secret >e/secret
	ln -s ../e d/dir
	ln -s /nowhere/at/all d/dangling
	ln -s . d/loop
	ln -s "$(printf 'x%.0s' {1..100})" d/100
	ln -s "$(printf 'x%.0s' {1..101})" d/101
	ln -s "$(printf 'x%.0s' {1..4000})" d/4000
	round_trip
	run -1 grep -q secret out
}

@test "hard links of files, symbolic links and fifos come back" {
	mkdir -p d/a d/z "d/$(printf '%0120d' 0)"
	bytes 70000 d/a/f
	ln d/a/f d/z/f
	ln d/a/f "d/$(printf '%0120d' 0)/f"
	ln -s nowhere d/l
	ln -P d/l d/z/l
	mkfifo d/p
	ln d/p d/z/p
	round_trip
	same 1 "$(find x -samefile x/z/f -path '*/a/*' | wc -l)"
	same 4 "$(tar -tvf out | grep -c '^h.* link to ./')"
}

@test "2000 files with two names each keep them" {
	mkdir d
	(cd d && seq 2000 | split -l 1 -a 3 && mkdir n && ln x* n)
	round_trip
}

@test "modes, suid, sgid and sticky bits, and empty directories come back" {
	mkdir -p d/empty d/sticky d/none
	touch d/suid d/sgid d/exec d/ro
	chmod 4755 d/suid
	chmod 2755 d/sgid
	chmod 1777 d/sticky
	chmod 711 d/exec
	chmod 400 d/ro
	chmod 500 d/none
	round_trip
}

@test "times before 1970, after 2242 and with nanoseconds come back" {
	local t
	mkdir d
	for t in 0 1 1.5 1.000000001 2147483648 8589934591; do
		touch -d "@$t" "d/$t"
	done
	touch -d @-1 d/minus1 && touch -d @-1.5 d/minus1.5
	touch -d @-0.25 d/minus0.25
	touch -d @12345.6789 d
	round_trip
}

@test "owners are stored by number and name" {
	mkdir d
	touch d/a
	local who
	who="$(id -un)/$(id -gn)"
	if [ "$(id -u)" -eq 0 ]; then
		touch d/{b,c,e,max}
		chown 12345:54321 d/b
		chown 64:128 d/e # where root's names lie in the cache
		chown 3000000:4000000000 d/c
		chown 2097151:2097152 d/max
	fi
	round_trip
	tar -tvf out | grep -q "$who .* ./a\$"
}

@test "a file over 8 GiB has its size in a pax record" {
	mkdir d
	truncate -s 8589934592 d/a
	truncate -s 8589934591 d/b
	touch -d @1 d d/a d/b
	glb-blobs pack d 2>err | head -c 10240 >a.tar
	glb-blobs pack -x a d 2>err | head -c 10240 >b.tar
	head -c 2048 a.tar | grep -aq '19 size=8589934592$'
	same "8589934592 ./a" "$(tar -tvf a.tar 2>/dev/null |
		awk '/a$/ { print $3, $6 }')"
	same "8589934591 ./b" "$(tar -tvf b.tar 2>/dev/null |
		awk '/b$/ { print $3, $6 }')"
	run -1 grep -q size= b.tar
}

@test "holes are written out as zeros" {
	mkdir d
	truncate -s 1000000 d/hole
	echo end >>d/hole
	round_trip
	[ "$(stat -c %s out)" -gt 1000000 ]
}

@test "members are sorted by bytes, each directory before what it holds" {
	mkdir -p d/b/c d/a d/B d/a-b
	touch d/b/z d/b/c/x d/a/x d/a.x d/a/Z d/$'\303\244' d/b/.h
	glb-blobs pack d | tar -t --quoting-style=literal >got
	printf '%s\n' ./ ./B/ ./a/ ./a/Z ./a/x ./a-b/ ./a.x ./b/ ./b/.h \
		./b/c/ ./b/c/x ./b/z $'./\303\244' >want
	cmp want got
}

@test "equal trees give equal bytes, whatever order they were made in" {
	mkdir -p d/1/2 e
	(cd d && touch 1/2/{a..z} {a..z} && ln a 1/a)
	(cd e && touch {z..a} && mkdir 1 && ln a 1/a && mkdir 1/2 &&
		touch 1/2/{z..a})
	find d e -exec touch -d @1000 {} +
	glb-blobs pack d >d.tar
	glb-blobs pack e/ >e.tar
	cmp d.tar e.tar
}

@test "the archive is ustar, named from ./, ends in zeros at 10240 bytes" {
	mkdir d
	bytes 20000 d/a
	touch -d @1000 d d/a
	try 0 glb-blobs pack d
	same $'ustar\n00' "$(head -c 265 out | tail -c 8 | tr '\0' '\n')"
	same ./ "$(head -c 100 out | tr -d '\0')"
	same 30720 "$(stat -c %s out)"
	tail -c 1024 out | cmp - <(head -c 1024 /dev/zero)
}

@test "the directory may be a symbolic link, a mount or the current one" {
	mkdir d
	touch d/a
	ln -s d l
	for dir in l l/ d/. "$T/d"; do
		same "./ ./a" "$(glb-blobs pack "$dir" | tar -t | xargs)"
	done
	same "./ ./a" "$(cd d && glb-blobs pack . | tar -t | xargs)"
}

@test "-x takes a path from the top, or a name at any depth, literally" {
	mkdir -p d/tmp d/s/tmp/u d/s/tmpx 'd/s/t*p'
	touch d/tmp/a d/s/tmp/u/b d/s/tmpx/c 'd/s/t*p/d'
	pack() { glb-blobs pack "$@" d | tar -t | tr '\n' ' '; }
	same './ ./s/ ./s/t*p/ ./s/t*p/d ./s/tmp/ ./s/tmp/u/ ./s/tmp/u/b ./s/tmpx/ ./s/tmpx/c ' \
		"$(pack -x ./tmp)"
	same './ ./s/ ./s/t*p/ ./s/t*p/d ./s/tmpx/ ./s/tmpx/c ' "$(pack -x tmp)"
	same './ ./s/ ./s/tmp/ ./s/tmp/u/ ./s/tmpx/ ./s/tmpx/c ./tmp/ ./tmp/a ' \
		"$(pack --exclude='t*p' --exclude=s/tmp/u/b)"
	same './ ./s/ ./s/t*p/ ./s/t*p/d ./s/tmpx/ ./s/tmpx/c ./tmp/ ./tmp/a ' \
		"$(pack -x .//s/./tmp/)"
	same './ ./tmp/ ./tmp/a ' "$(pack -x s/)"
}

@test "lost+found is left out at any depth" {
	mkdir -p d/lost+found d/a/lost+found/b
	touch d/lost+found.txt
	same './ ./a/ ./lost+found.txt ' \
		"$(glb-blobs pack d | tar -t | tr '\n' ' ')"
}

@test "sockets are named and left out, which is no failure" {
	mkdir d
	touch d/a
	perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "d/s", Listen => 1)'
	try 0 glb-blobs pack d
	same "glb-blobs: d/s: socket, left out" "$(cat err)"
	same "./ ./a" "$(tar -tf out | xargs)"
}

@test "devices are refused: named, exit 4" {
	try 4 glb-blobs pack -x shm -x mqueue -x hugepages /dev
	grep -qx 'glb-blobs: /dev/null: device, left out' err
	tar -tf out >list
	run -1 grep -qx ./null list
}

@test "unreadable files and directories are named, the rest is packed: exit 4" {
	mkdir -p d/a/b
	touch d/a/b/c d/f d/g
	chmod 0 d/a d/f
	try 4 weak glb-blobs pack d
	chmod 755 d/a
	same $'glb-blobs: d/a: Permission denied\nglb-blobs: d/f: Permission denied' \
		"$(cat err)"
	same "./ ./g" "$(tar -tf out | xargs)"
}

@test "files of others are read, though their access time cannot be kept" {
	local dir=/etc/skel
	if [ "$(id -u)" -eq 0 ]; then
		dir=$T/d
		mkdir d && touch d/a && chown 12345 d/a d
	fi
	try 0 weak glb-blobs pack "$dir"
	same "$(find "$dir" | wc -l)" "$(tar -tf out | wc -l)"
}

@test "reading does not change the time of last access" {
	mkdir d
	echo x >d/a
	touch -a -d @1000 d/a d
	try 0 glb-blobs pack d
	same $'1000\n1000' "$(stat -c %X d d/a)"
}
