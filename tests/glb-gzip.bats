#!/usr/bin/env bats
# glb-gzip, the compressing side.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # the inner shells expand
load helper

hex() {
	od -An -v -tx1 | tr -d ' \n'
}

@test "round trip: every size around a buffer, several blocks, levels, -p" {
	local n level p
	for n in 0 1 65535 65536 65537 300000 524288 1700000; do
		bytes $n in
		for level in 1 2 6 9; do
			for p in 1 2 4; do
				glb-gzip -$level -p$p <in >gz
				try 0 glb-gzip -d <gz
				cmp in out
				[ ! -s err ]
			done
		done
	done
}

@test "output is the same for every number of processors" {
	local options p most=256
	# ThreadSanitizer keeps most addresses that ISA-L's states may have.
	case $GLB_BUILD in *tsan*) most=64 ;; esac
	bytes 4000000 in
	for options in -1 -2 --level=6 '-9 --rsyncable'; do
		# shellcheck disable=SC2086 # options are words
		glb-gzip -p1 $options <in >first
		for p in 2 3 4 $most; do
			# shellcheck disable=SC2086
			try 0 glb-gzip -p $p $options <in
			cmp first out
		done
	done
}

@test "output is the same where addresses are few" {
	local kib=100000
	# Those have shadows of terabytes.
	case $GLB_BUILD in *asan* | *tsan*) kib=unlimited ;; esac
	bytes 3000000 in
	glb-gzip -p3 <in >want
	try 0 bash -c 'ulimit -v '$kib'; exec glb-gzip -p3 <in'
	cmp want out
}

@test "output does not depend on how the input arrives" {
	local options
	bytes 2000000 in
	for options in -p1 -p2 '-p1 --rsyncable' '-p2 --rsyncable'; do
		# shellcheck disable=SC2086 # options are words
		glb-gzip $options <in >first
		try 0 bash -c 'set -o pipefail
			dd bs=7777 status=none <in | glb-gzip $1' - "$options"
		cmp first out
	done
}

@test "gzip, zcat, pigz, python and perl read the whole of it" {
	local options
	bytes 2000000 in
	for options in -2 '-9 --rsyncable'; do
		# shellcheck disable=SC2086 # options are words
		glb-gzip $options <in >in.gz
		try 0 gzip -dc in.gz && cmp in out
		try 0 zcat in.gz && cmp in out
		try 0 pigz -dc in.gz && cmp in out
		try 0 python3 -c '
import gzip, sys
sys.stdout.buffer.write(gzip.open("in.gz").read())'
		cmp in out
		try 0 python3 -c '
import sys, zlib
d = zlib.decompressobj(31)
sys.stdout.buffer.write(d.decompress(open("in.gz", "rb").read()))
assert d.eof and not d.unused_data'
		cmp in out
		try 0 perl -MIO::Uncompress::Gunzip=gunzip -e '
			gunzip "in.gz" => "-" or die'
		cmp in out
	done
}

@test "ruby and node read the whole of it, where they are" {
	bytes 2000000 in
	glb-gzip <in >in.gz
	if command -v node >/dev/null; then
		try 0 node -e '
			const data = require("fs").readFileSync("in.gz")
			process.stdout.write(require("zlib").gunzipSync(data))'
		cmp in out
	else
		echo "# node is not here" >&3
	fi
	if command -v ruby >/dev/null; then
		try 0 ruby -rzlib -e '
			Zlib::GzipReader.open("in.gz") { |f| $stdout.write(f.read) }'
		cmp in out
	else
		echo "# ruby is not here" >&3
	fi
}

@test "no input: a header that announces the blocks, and an empty end" {
	local tail=03000000000000000000
	same "1f8b0804000000000003""0a00474c06000100""00000800$tail" \
		"$(glb-gzip </dev/null | hex)"
	same "1f8b0804000000000403""0a00474c06000100""00000800$tail" \
		"$(glb-gzip -1 </dev/null | hex)"
	same "1f8b0804000000000203""0a00474c06000101""00000800$tail" \
		"$(glb-gzip -9 --rsyncable </dev/null | hex)"
}

@test "each block is deflate on its own, ended by a sync flush" {
	bytes 1200000 in
	glb-gzip <in >gz
	try 0 python3 -c '
import sys, zlib
data = open("gz", "rb").read()[22:-8]
sizes = []
while data != b"\x03\x00":
    d = zlib.decompressobj(-15)
    n = 0
    block = b""
    while not (len(block) == 524288 or data[n:] == b"\x03\x00"):
        n = data.index(b"\0\0\xff\xff", n) + 4
        block = zlib.decompressobj(-15).decompress(data[:n])
    sizes.append(len(block))
    data = data[n:]
print(sizes)'
	same "[524288, 524288, 151424]" "$(cat out)"
}

@test "a higher level makes it smaller, -N is short for --level=N" {
	local n
	bytes 300000 in
	for n in 1 2 3 4 5 6 7 8 9; do
		glb-gzip -$n <in >short
		glb-gzip --level=$n <in >long
		cmp short long
	done
	glb-gzip <in >out
	glb-gzip -2 <in | cmp - out
	glb-gzip -1 <in >fast
	[ "$(stat -c %s short)" -lt "$(stat -c %s fast)" ]
}

@test "rsyncable: what is equal behind an insertion is equal again" {
	local options
	perl -e 'srand 1; print chr(97 + rand 16) for 1 .. 3000000' >a
	{ echo inserted; cat a; } >b
	for options in --rsyncable --level=2; do
		glb-gzip "$options" <a | head -c -10 | tail -c 1000000 >ta
		glb-gzip "$options" <b | head -c -10 | tail -c 1000000 >tb
		[ "$(stat -c %s ta)" -eq 1000000 ]
		echo "$options: $(cmp -s ta tb && echo equal || echo other)"
	done >result
	same $'--rsyncable: equal\n--level=2: other' "$(cat result)"
}

@test "a full disk: exit 1" {
	local p
	bytes 2000000 in
	for p in 1 2; do
		try 1 bash -c "glb-gzip -p$p <in >/dev/full"
		same "glb-gzip: standard output: No space left on device" \
			"$(cat err)"
	done
}

@test "a full disk while more input is awaited: exit 1 at once" {
	# What the first block leaves fits into the pipe: cat does not wait.
	bytes 580000 in
	mkfifo hold
	try 0 timeout 60 bash -c '
		{ cat in; read -r _ <hold; } | {
			glb-gzip -p2 >/dev/full && status=0 || status=$?
			echo $status
			echo >hold
		}'
	same 1 "$(cat out)"
	same "glb-gzip: standard output: No space left on device" "$(cat err)"
}

@test "stdout closed: exit 1" {
	local p
	bytes 300000 in
	for p in 1 2; do
		try 1 bash -c "glb-gzip -p$p <in >&-"
		same "glb-gzip: standard output: Bad file descriptor" \
			"$(cat err)"
	done
}

# sizes: of the pipes at both ends of glb-gzip, the first one SIZE to begin with
sizes() { # SIZE
	python3 - "$1" <<'PY'
import fcntl, os, subprocess, sys
(a, b), (c, d) = os.pipe(), os.pipe()
fcntl.fcntl(a, fcntl.F_SETPIPE_SZ, int(sys.argv[1]))
p = subprocess.Popen(["glb-gzip"], stdin=a, stdout=d)
os.close(b)
print(p.wait(), *(fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) for fd in (a, c)))
PY
}
@test "pipes are widened, and never narrowed" {
	same "0 262144 262144" "$(sizes 4096)"
	same "0 1048576 262144" "$(sizes 1048576)"
}

@test "stdin closed or unreadable: exit 1, nothing is written" {
	local p
	for p in 1 2; do
		try 1 bash -c "glb-gzip -p$p <&-"
		same "glb-gzip: standard input: Bad file descriptor" \
			"$(cat err)"
		[ ! -s out ]
		try 1 glb-gzip -p$p <.
		same "glb-gzip: standard input: Is a directory" "$(cat err)"
		[ ! -s out ]
	done
}

@test "the reader goes early: ends by SIGPIPE, silently" {
	local p
	perl -e 'srand 1; print chr(rand 256) for 1 .. 2000000' >in
	for p in 1 2; do
		try 0 bash -c "glb-gzip -p$p <in | head -c 1 >first
			echo \${PIPESTATUS[0]}"
		same 141 "$(cat out)"
		[ ! -s err ]
	done
}

@test "the reader goes early, SIGPIPE ignored: exit 1 and a message" {
	local p
	perl -e 'srand 1; print chr(rand 256) for 1 .. 2000000' >in
	for p in 1 2; do
		try 0 bash -c "trap '' PIPE
			glb-gzip -p$p <in | head -c 1 >first
			echo \${PIPESTATUS[0]}"
		same 1 "$(cat out)"
		same "glb-gzip: standard output: Broken pipe" "$(cat err)"
	done
}

@test "wrong options: exit 2, stdout stays empty" {
	local option
	for option in -0 -x --level=10 --level=0 --level=x -p0 -p257 -p-1 \
		--no-such file '-d -t' '-l -t' '-d -l' '-dtl'; do
		# shellcheck disable=SC2086 # options are words
		try 2 glb-gzip $option </dev/null
		[ ! -s out ]
		[ -s err ]
	done
	same "glb-gzip: -d, -l and -t exclude each other" "$(cat err)"
}

@test "gzip is not written to a terminal" {
	bytes 100 in
	try 2 script -qec 'glb-gzip <in 2>message' /dev/null </dev/null
	same "glb-gzip: standard output: will not write gzip to a terminal" \
		"$(cat message)"
	[ ! -s out ]
}

@test "the status descriptor gets the final counts" {
	local p size
	bytes 1200000 in
	for p in 1 2; do
		GLB_STATUS_FD=5 glb-gzip -p$p <in >gz 5>status
		size=$(stat -c %s gz)
		same '{"bytes_in":1200000,"bytes_out":'"$size"',"items":3}' \
			"$(tail -n 1 status)"
	done
}

# peak OPTIONS FILE: the most memory that glb-gzip needs for it is in bounds.
peak() {
	local pid most=16384
	# Its memory is counted with that of ThreadSanitizer, a few times as much.
	case $GLB_BUILD in *tsan*) most=65536 ;; esac
	mkfifo fifo
	# shellcheck disable=SC2086 # options are words
	glb-gzip $1 <fifo >/dev/null 3>&- &
	pid=$!
	exec 7>fifo
	cat "$2" >&7
	awk '$1 == "VmHWM:" { print $2 }' /proc/$pid/status >peak
	exec 7>&-
	wait $pid
	rm fifo
	echo "$1 $2: $(cat peak) KiB"
	[ "$(cat peak)" -le $most ]
}

@test "memory stays under 16 MiB however long the stream" {
	local options
	head -c 100000000 < <(yes "$(seq 1 3000)") >in
	gzip -1 <in >other.gz
	for options in "-p2 -1" "-p2 --rsyncable" "-p2 -3" "-p2 -6"; do
		peak "$options" in
	done
	glb-gzip -1 <in >gz
	# Announced, but one block: where its parts are cut nothing begins.
	{ head -c 22 gz && tail -c +11 other.gz; } >bomb.gz
	for options in "-d -p2" "-t -p1"; do
		peak "$options" gz
		peak "$options" other.gz
		peak "$options" bomb.gz
	done
}
