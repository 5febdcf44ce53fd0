#!/usr/bin/env bats
# glb-blobs unpack makes small files by several threads, into an empty directory;
# the tree, the message and the status are those of one thread, whatever comes.
# SPDX-License-Identifier: MIT
load helper
load blobs

# tangled SEED [HARMLESS]: an archive in.tar in which few names come again and
# again as all there is; harmless: nothing that is refused.
tangled() {
	python3 - "$@" >in.tar <<-'PY'
		import io, random, sys, tarfile
		r, harmless = random.Random(int(sys.argv[1])), len(sys.argv) > 2
		out = io.BytesIO()
		t = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)
		names, files = [], []
		def add(name, kind, data=b"", link=""):
		    m = tarfile.TarInfo(name)
		    m.type, m.size, m.linkname = kind, len(data), link
		    m.mode = r.choice([0o644, 0o600, 0o640, 0o4755])
		    m.mode |= 0o700 if kind == tarfile.DIRTYPE else 0
		    m.mtime = r.randrange(10 ** 9)
		    t.addfile(m, io.BytesIO(data))
		for i in range(20):
		    add("first/%d" % i, tarfile.REGTYPE, b"x" * i)
		for i in range(r.randrange(50, 400)):
		    name = "/".join(r.choices("abc", k=r.choice([1, 2, 2, 3])))
		    if harmless: name = "%s/f%d" % (r.choice("abc"), r.randrange(9))
		    kind = r.choice("ffffffffdshp" if not harmless else "ffffffffffshp")
		    if kind == "f":
		        size = r.choice([0, 1, 100, 5000, 65536, 65537])
		        add(name, tarfile.REGTYPE, r.randbytes(size))
		        files.append(name)
		    elif kind == "d": add(name, tarfile.DIRTYPE)
		    elif kind == "s": add(name + "s" * harmless, tarfile.SYMTYPE, b"", "a/b")
		    elif kind == "h" and files:
		        add(name + "h" * harmless, tarfile.LNKTYPE, b"", r.choice(files))
		    elif kind == "p": add(name + "p" * harmless, tarfile.FIFOTYPE)
		t.close()
		sys.stdout.buffer.write(out.getvalue())
	PY
}

# tree DIR: its manifest without the times of directories, which are of now.
tree() { manifest "$1" | sed -E '/^[^|]*\|d\|/s/\|[0-9.]+$//'; }

# both: unpacks in.tar by several threads to t/d, aside to a/d, and by one to
# o/d; all that can be seen is alike.  Its status is in $got.
both() {
	local one=0 aside=0
	rm -rf t o a
	mkdir -p t o o/d a
	got=0
	(cd t && exec glb-blobs unpack d <../in.tar 2>err) || got=$?
	(cd o && exec glb-blobs unpack --existing=overwrite d <../in.tar 2>err) || one=$?
	(cd a && exec glb-blobs unpack --existing=move d <../in.tar 2>err) || aside=$?
	same "$one" "$got"
	same "$one" "$aside"
	diff o/err t/err
	diff o/err a/err
	if [ "$got" -eq 0 ]; then
		diff <(tree o/d) <(tree t/d)
		diff <(tree o/d) <(tree a/d)
	else
		same err "$(ls -A a)"
	fi
	same "" "$(find t a -name '.glb-unpack-*')"
}

@test "names that come again as files and links: the last one wins" {
	local seed
	for seed in {1..20}; do
		tangled $seed harmless
		both
		same 0 $got
	done
}

@test "whatever comes in whatever place: as one thread has it" {
	local seed refused=0
	for seed in {1..30}; do
		tangled $seed
		both
		[ $got -eq 0 ] || refused=$((refused + 1))
	done
	[ $refused -gt 5 ]
}

@test "cut anywhere: exit 3, whole files only" {
	local n
	tangled 7 harmless
	mv in.tar whole.tar
	for n in 30000 100001 333333; do
		head -c $n whole.tar >in.tar
		both
		same 3 $got
		diff <(cd o/d && find . -type f -exec sha256sum {} + | sort) \
			<(cd t/d && find . -type f -exec sha256sum {} + | sort)
	done
}

@test "few descriptors, or no thread to be had: all is there" {
	tangled 8 harmless
	both
	try 0 bash -c 'ulimit -n 40; exec glb-blobs unpack few <in.tar'
	diff <(tree t/d) <(tree few)
	ulimit -n 140
	try 0 glb-blobs unpack some <in.tar
	diff <(tree t/d) <(tree some)
}

@test "a full disk: exit 1, one message, the file is not there" {
	tangled 9 harmless
	fake glb-blobs <<-END
		#!/bin/sh
		ulimit -f 32
		trap '' XFSZ
		exec $(real glb-blobs) "\$@"
	END
	got=0
	glb-blobs unpack d <in.tar 2>err || got=$?
	same 1 $got
	grep -qx 'glb-blobs: d/[abc]/f[0-9]: File too large' err
	same 1 "$(wc -l <err)"
	same "" "$(find d -name '.glb-unpack-*')"
}
