#!/usr/bin/env bats
# glb-gzip -d, -t and -l on several processors: as if on one, whatever comes.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # the inner shells expand
load helper

# announced CODE: a file a.gz with our header, and the file a that it holds.
# The Python code makes the member with put(raw deflate, what it holds), and
# deflate(level, data, flush), which goes on where it was.
announced() {
	python3 - "$1" <<-'PY'
		import random, sys, zlib
		rnd = random.Random(1)
		head = bytes.fromhex("1f8b0804000000000003" "0a00474c06000100" "00000800")
		gz, plain, streams = [head], [], {}
		def put(raw, data):
		    gz.append(raw)
		    plain.append(data)
		def deflate(level, data, flush=zlib.Z_SYNC_FLUSH):
		    z = streams.setdefault(level, zlib.compressobj(level, 8, -15))
		    put(z.compress(data) + z.flush(flush), data)
		def stored(last, data):
		    n = len(data)
		    size = n.to_bytes(2, "little") + (n ^ 65535).to_bytes(2, "little")
		    put(bytes([last]) + size + data, data)
		exec(sys.argv[1])
		a = b"".join(plain)
		gz += [zlib.crc32(a).to_bytes(4, "little"), len(a).to_bytes(4, "little")]
		open("a", "wb").write(a)
		open("a.gz", "wb").write(b"".join(gz))
	PY
}

# expands FILE PLAIN: on any number of processors, from a file and a pipe.
expands() {
	local p
	for p in 1 2 5; do
		try 0 glb-gzip -d -p$p <"$1"
		cmp "$2" out
		try 0 glb-gzip -t -p$p <"$1"
		try 0 bash -c 'cat "$1" | glb-gzip -d -p$2' - "$1" $p
		cmp "$2" out
	done
}

@test "our members, among others, padded, of no data" {
	bytes 3000000 a
	head -c 700000 /dev/urandom >b
	glb-gzip <a >1.gz
	glb-gzip --rsyncable <b >2.gz
	gzip -n <a >3.gz
	glb-gzip </dev/null >4.gz
	cat 1.gz 2.gz 4.gz 3.gz 1.gz 4.gz 2.gz 3.gz >all.gz
	head -c 70000 /dev/zero >>all.gz
	cat a b a a b a >all
	expands all.gz all
}

@test "compressed data that holds the borders of blocks itself" {
	# What cannot be compressed again is stored: the blocks are in it as such.
	perl -e 'srand 2; print chr(97 + rand 16) for 1 .. 3000000' >a
	glb-gzip <a >nested
	pigz -b128 -p2 <a >>nested
	glb-gzip <nested >nested.gz
	expands nested.gz nested
	try 0 glb-gzip -l -p2 <nested.gz
	same $((($(stat -c %s nested) + 524287) / 524288)) \
		"$(awk 'NR == 2 { print $5 }' out)"
}

@test "what is stored looks like whole blocks, but is none" {
	announced '
z = zlib.compressobj(6, 8, -15)
block = z.compress(rnd.randbytes(5000)) + z.flush(zlib.Z_FULL_FLUSH)
for i in range(9):
    stored(0, rnd.randbytes(600) + b"\0\0\xff\xff" + block + block)
    put(b"\0\0\0\xff\xff", b"")
put(b"\3\0", b"")'
	expands a.gz a
}

@test "blocks that need those before them, of any size" {
	announced '
data = bytes(rnd.choices(b"etaoin shrdlu\n", k=30000)) * 40
i = 0
for n in [70000, 1, 70000, 100, 524288, 3000, 300000]:
    deflate(6, data[i:i + n], zlib.Z_FULL_FLUSH if i % 2 else zlib.Z_SYNC_FLUSH)
    i += n
deflate(6, data[i:], zlib.Z_FINISH)'
	expands a.gz a
	# One that needs nothing is between two that do.
	announced '
text = bytes(rnd.choices(b"etaoin shrdlu\n", k=30000))
for data in [text, text + rnd.randbytes(500), rnd.randbytes(900), text]:
    deflate(6, data)
put(b"\3\0", b"")'
	expands a.gz a
}

@test "the part of a last block that the check of a part might complete" {
	# What is missing of the code lengths, and the end of that block, would be
	# the bytes 01 00 00 ff ff: an empty last block in another place.
	announced '
def bits(n, value): return [value >> i & 1 for i in range(n)]
stored(0, rnd.randbytes(600))
literal = bits(3, 2) + [1, 1, 0, 0, 1, 0, 0, 0, 0] + bits(7, 0)
# 257 literals and 1 distance, of which a few have a code, of 4 bits each.
head = bits(3, 5) + bits(5, 0) + bits(5, 0) + bits(4, 8)
for n in [0, 0, 1, 2] + [0] * 7 + [2]: head += bits(3, n)
lengths = [1, 1] * 4 + [0] + bits(7, 89 - 11) + bits(16, 0) + bits(16, 65535)
all = literal + head + lengths
raw = bytes(sum(bit << i for i, bit in enumerate(all[at:at + 8]))
            for at in range(0, len(all), 8))
put(raw, b"\x90")
deflate(6, rnd.randbytes(600))
put(b"\3\0", b"")'
	try 1 gzip -dc a.gz
	for p in 1 2; do
		try 3 glb-gzip -t -p$p <a.gz
		grep -q "damaged data" err
	done
}

@test "the last block is among the others" {
	local behind
	# Behind the border are as many bytes as an empty last block has.
	for behind in 'b""' 'rnd.randbytes(5)' 'b"\1\0\0\xff\xff"'; do
		announced "
deflate(6, rnd.randbytes(70000))
stored(1, rnd.randbytes(600) + b'\0\0\xff\xff' + $behind)"
		expands a.gz a
	done
}

@test "blocks of nothing, and more in one than fits in any" {
	announced '
put(b"\0\0\0\xff\xff" * 5000, b"")
deflate(9, bytes(9000000))
deflate(9, rnd.randbytes(1000))
put(b"\0\0\0\xff\xff" * 5000 + b"\3\0", b"")'
	expands a.gz a
	try 0 glb-gzip -l <a.gz
	same 10002 "$(awk 'NR == 2 { print $5 }' out)"
}

@test "a damage is the same damage on any number of processors" {
	local n p size
	bytes 1500000 in
	{ cat in && head -c 600000 /dev/urandom && cat in; } | glb-gzip >gz
	size=$(stat -c %s gz)
	for n in $(seq 30 $((size / 5)) "$size"); do
		for how in '""' '"\0\0\xff\xff"' 'substr($_, '"$n"', 1) ^ "\x10"'; do
			perl -0777 -pe "substr(\$_, $n, 1) = $how" gz >bad
			try 3 glb-gzip -d -p1 <bad
			mv out out1 && mv err err1
			for p in 2 5; do
				try 3 glb-gzip -d -p$p <bad
				cmp out1 out
				cmp err1 err
			done
		done
		head -c "$n" gz >bad
		try 3 glb-gzip -d -p2 <bad
		same "glb-gzip: standard input: byte $n: \
input ends in compressed data" "$(cat err)"
	done
}

@test "a full disk while more input is awaited: exit 1 at once" {
	bytes 200000 in
	glb-gzip <in >gz
	# It is in the pipe as a whole, so that cat does not wait.
	[ "$(stat -c %s gz)" -lt 65536 ]
	mkfifo hold
	try 0 timeout 60 bash -c '
		{ cat gz; read -r _ <hold; } | {
			glb-gzip -d -p2 >/dev/full && status=0 || status=$?
			echo $status
			echo >hold
		}'
	same 1 "$(cat out)"
	same "glb-gzip: standard output: No space left on device" "$(cat err)"
}
