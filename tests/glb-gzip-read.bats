#!/usr/bin/env bats
# glb-gzip -d, -t and -l: any gzip, and no damage unseen.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # the inner shells expand
load helper

# flip FILE OFFSET: FILE with all bits of one byte inverted, to stdout.
flip() {
	perl -0777 -pe "substr(\$_, $2, 1) ^= qq(\\xff)" "$1"
}

# damaged MESSAGE FILE: -d, -t and -l find it, and say so.
damaged() {
	local mode
	for mode in -d -t -l; do
		try 3 glb-gzip $mode <"$2"
		same "glb-gzip: standard input: $1" "$(cat err)"
	done
	[ ! -s out ]
}

# header FLAGS [FIELDS [CRC]]: a file h.gz with such a header, holding "hello";
# CRC is added to the checksum of the header that flag 2 asks for.
header() {
	python3 - "$@" >h.gz <<-'PY'
		import sys, zlib
		flags = int(sys.argv[1])
		fields = eval("b'" + sys.argv[2] + "'") if sys.argv[2:] else b""
		head = bytes([31, 139, 8, flags, 1, 2, 3, 4, 0, 255]) + fields
		if flags & 2:
		    crc = zlib.crc32(head) + int((sys.argv + ["0", "0"])[3])
		    head += (crc & 0xffff).to_bytes(2, "little")
		z = zlib.compressobj(9, 8, -15)
		body = z.compress(b"hello") + z.flush()
		tail = zlib.crc32(b"hello").to_bytes(4, "little") + b"\5\0\0\0"
		sys.stdout.buffer.write(head + body + tail)
	PY
}

@test "one member or many, from any program" {
	bytes 200000 a
	bytes 700000 b
	gzip -9 <a >1.gz
	pigz -p2 -b128 <b >2.gz
	glb-gzip <b >3.gz
	gzip -n </dev/null >4.gz
	glb-gzip --rsyncable <a >5.gz
	try 0 bash -c 'cat ?.gz | glb-gzip -d'
	cat a b b a | cmp - out
	try 0 bash -c 'cat ?.gz | glb-gzip -t'
	[ ! -s out ]
}

@test "a stream that arrives in the smallest pieces" {
	bytes 3000 in
	glb-gzip <in >gz
	try 0 bash -c 'set -o pipefail; dd bs=1 status=none <gz | glb-gzip -d'
	cmp in out
}

@test "every field of a header: extra, name, comment, checksum" {
	local name
	name=$(printf '%060000d' 0)
	for h in "0" "1" "2" "4 \\3\\0abc" "4 \\0\\0" '8 name\0' '16 text\0' \
		'30 \6\0GL\2\0xyname\0text\0' '31 \4\0GL\377\377\0\0' \
		'4 \12\0GL\6\0\2\0\0\0\10\0' "8 $name\\0" "24 $name\\0$name\\0"; do
		# shellcheck disable=SC2086 # flags and fields
		header $h
		try 0 glb-gzip -d <h.gz
		same hello "$(cat out)"
	done
	echo hello >file
	gzip -N file
	try 0 glb-gzip -d <file.gz
	same hello "$(cat out)"
}

@test "a wrong header is damage, with its place" {
	header 2 '' 1
	damaged "byte 10: wrong header checksum" h.gz
	header 10 'name\0' 256
	damaged "byte 15: wrong header checksum" h.gz
	header 32
	damaged "byte 3: unknown header flags" h.gz
	printf '\037\213\007\0\0\0\0\0\0\0\0\0' >method.gz
	damaged "byte 2: unknown compression method" method.gz
	printf '\037\235\220ab' >compress.Z
	damaged "byte 0: not a gzip header" compress.Z
	head -c 1000 /dev/zero >zeros
	damaged "byte 0: not a gzip header" zeros
	damaged "byte 0: empty input" /dev/null
}

@test "zeros behind the last member are padding, all else is damage" {
	local n
	bytes 100000 in
	gzip -n <in >1.gz
	n=$(stat -c %s 1.gz)
	{ cat 1.gz && head -c 70000 /dev/zero; } >2.gz
	try 0 glb-gzip -d <2.gz
	cmp in out
	try 0 glb-gzip -t <2.gz
	{ cat 1.gz && echo garbage; } >3.gz
	damaged "byte $n: not a gzip header" 3.gz
	{ cat 2.gz && echo garbage; } >4.gz
	damaged "byte $((n + 70000)): not a zero, but behind the padding" 4.gz
	cat 2.gz 1.gz >5.gz
	damaged "byte $((n + 70000)): not a zero, but behind the padding" 5.gz
	{ cat 1.gz && printf '\037'; } >6.gz
	damaged "byte $((n + 1)): input ends in a header" 6.gz
}

@test "wrong checksum or length: exit 3, and where it stands" {
	local n
	bytes 100000 in
	for tool in glb-gzip gzip; do
		$tool <in >gz
		n=$(stat -c %s gz)
		flip gz $((n - 6)) >crc
		damaged "byte $((n - 8)): wrong checksum" crc
		flip gz $((n - 1)) >len
		damaged "byte $((n - 4)): wrong length" len
	done
}

@test "truncated input: exit 3 at every length" {
	local n size what
	bytes 300 in
	glb-gzip <in >gz
	size=$(stat -c %s gz)
	for ((n = 1; n < size; n++)); do
		what="compressed data"
		[ $n -ge 22 ] || what="a header"
		[ $n -lt $((size - 8)) ] || what="a trailer"
		head -c $n gz >short
		try 3 glb-gzip -d <short
		same "glb-gzip: standard input: byte $n: input ends in $what" \
			"$(cat err)"
	done
}

@test "truncated in any block: exit 3, what was written is the beginning" {
	local n size
	bytes 2000000 in
	glb-gzip <in >gz
	size=$(stat -c %s gz)
	for n in 1000 65535 65536 65537 $((size / 2)) $((size - 11)); do
		head -c "$n" gz >short
		try 3 glb-gzip -d <short
		same "glb-gzip: standard input: byte $n: \
input ends in compressed data" "$(cat err)"
		head -c "$(stat -c %s out)" in | cmp - out
	done
	# Only the end of the last block's border is missing there.
	cmp in out
}

@test "a flipped byte: exit 3, wherever it says anything about the data" {
	local n size want
	bytes 300 in
	glb-gzip <in >gz
	size=$(stat -c %s gz)
	for ((n = 0; n < size; n++)); do
		# Time, extra flags and system; what announces the blocks.
		want=3
		case $n in [4-9] | 1[2-9] | 2[01]) want=0 ;; esac
		flip gz $n >bad
		try $want glb-gzip -d <bad
		[ $want -eq 3 ] || cmp in out
		same "$((want / 3))" "$(wc -l <err)"
	done
}

@test "a flipped byte in any block: exit 3, one message" {
	local n size
	perl -e 'srand 2; print chr(97 + rand 16) for 1 .. 2000000' >in
	glb-gzip <in >gz
	size=$(stat -c %s gz)
	for n in $(seq 50 $((size / 40)) "$size"); do
		flip gz "$n" >bad
		try 3 glb-gzip -t <bad
		same 1 "$(grep -c '^glb-gzip: standard input: byte [0-9]*: ' err)"
		same 1 "$(wc -l <err)"
	done
}

@test "-l shows sizes, members and blocks as they are counted" {
	bytes 1200000 a
	glb-gzip -9 <a >1.gz
	{ gzip -n9 <a && cat 1.gz && head -c 8 /dev/zero; } >2.gz
	try 0 glb-gzip -l <1.gz
	same "compressed uncompressed ratio members blocks $(stat -c %s 1.gz) \
1200000 $(perl -e 'printf "%.1f", 100 - (-s "1.gz") / 12000')% 1 3" \
		"$(xargs <out)"
	same 2 "$(wc -l <out)"
	try 0 glb-gzip -l <2.gz
	same "$(stat -c %s 2.gz) 2400000 2 4" \
		"$(awk 'NR == 2 { print $1, $2, $4, $5 }' out)"
	# Announced in a version that this program does not know.
	perl -0777 -pe 'substr($_, 16, 1) = "\2"' 1.gz >3.gz
	try 0 glb-gzip -l <3.gz
	same "1200000 1 1" "$(awk 'NR == 2 { print $2, $4, $5 }' out)"
	try 0 bash -c 'glb-gzip </dev/null | glb-gzip -l'
	same "32 0 0.0% 1 0" "$(tail -n 1 out | xargs)"
}

@test "a full disk, a closed stdout: exit 1" {
	local mode
	bytes 300000 in
	glb-gzip <in >gz
	for mode in -d -l; do
		try 1 bash -c "glb-gzip $mode <gz >/dev/full"
		same "glb-gzip: standard output: No space left on device" \
			"$(cat err)"
		try 1 bash -c "glb-gzip $mode <gz >&-"
		same "glb-gzip: standard output: Bad file descriptor" \
			"$(cat err)"
	done
	try 0 bash -c 'glb-gzip -t <gz >&-'
}

@test "stdin closed or unreadable: exit 1" {
	local mode
	for mode in -d -t -l; do
		try 1 bash -c "glb-gzip $mode <&-"
		same "glb-gzip: standard input: Bad file descriptor" \
			"$(cat err)"
		try 1 glb-gzip $mode <.
		same "glb-gzip: standard input: Is a directory" "$(cat err)"
		[ ! -s out ]
	done
}

@test "the reader goes early: ends by SIGPIPE, silently" {
	bytes 2000000 in
	glb-gzip <in >gz
	try 0 bash -c 'glb-gzip -d <gz | head -c 1 >first
		echo ${PIPESTATUS[0]}'
	same 141 "$(cat out)"
	[ ! -s err ]
}

@test "gzip is not read from a terminal" {
	local mode
	for mode in -d -t -l; do
		try 2 script -qec "glb-gzip $mode 2>message" /dev/null </dev/null
		same "glb-gzip: standard input: \
will not read gzip from a terminal" "$(cat message)"
	done
}

@test "the status descriptor gets the final counts" {
	local size
	bytes 1200000 in
	glb-gzip <in >gz
	size=$(stat -c %s gz)
	GLB_STATUS_FD=5 glb-gzip -d <gz >out 5>status
	same '{"bytes_in":'"$size"',"bytes_out":1200000,"items":3}' \
		"$(tail -n 1 status)"
	GLB_STATUS_FD=5 glb-gzip -t <gz 5>status
	same '{"bytes_in":'"$size"',"bytes_out":0,"items":3}' \
		"$(tail -n 1 status)"
}
