# What the tests of glb-blobs share: trees compared, archives made to order.
# SPDX-License-Identifier: MIT

# manifest DIR: all that a restore must bring back, one line an entry.
manifest() {
	(
		cd "$1" || exit
		find . -type d -printf '%p|d|%m|%U|%G|%T@\0' -o \
			-printf '%p|%y|%m|%U|%G|%T@|%s|%n|%l\0' | sort -z
		find . -type f -print0 | sort -z | xargs -0r sha256sum -z
	) | tr '\0\n' '\n/'
}

# weak COMMAND...: runs it without root's power to read what it may not.
weak() {
	[ "$(id -u)" -ne 0 ] || set -- setpriv \
		--bounding-set=-dac_override,-dac_read_search,-fowner "$@"
	"$@"
}

# plain COMMAND...: runs it as an ordinary user, who may write to T.
plain() {
	if [ "$(id -u)" -eq 0 ]; then
		chmod 777 "$T"
		set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
	"$@"
}

# archive PYTHON [FORMAT]: a tar archive of what the statements add().
archive() {
	python3 -c '
import io, sys, tarfile
globals().update((k, v) for k, v in vars(tarfile).items() if k[0] != "_")
out = io.BytesIO()
t = open(fileobj=out, mode="w", format=globals()[sys.argv[2]])
def add(name, type=REGTYPE, data=b"", **more):
    m = TarInfo(name)
    m.type, m.size, m.mode, m.uname, m.gname = type, len(data), 0o644, "", ""
    for k in more:
        setattr(m, k, more[k])
    t.addfile(m, io.BytesIO(data))
def patch(at, what, block=0):
    b = bytearray(out.getvalue())
    o = block * 512
    b[o + at:o + at + len(what)] = what
    b[o + 148:o + 156] = b" " * 8
    b[o + 148:o + 155] = b"%06o\0" % sum(b[o:o + 512])
    out.seek(0)
    out.write(b)
exec(sys.argv[1])
t.close()
sys.stdout.buffer.write(out.getvalue())' "$1" "${2-GNU_FORMAT}"
}

# names DIR: what it holds, on one line, sorted.
names() { find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs; }

# memory KIB: for ulimit -v; sanitizers need terabytes.
memory() {
	case ${GLB_BUILD-} in
	*asan* | *tsan*) echo unlimited ;;
	*) echo "$1" ;;
	esac
}

# outside: all about T/o, which no archive may change; its ctimes tell.
outside() {
	find "$T/o" -printf '%p %y %i %m %U %G %n %s %T@ %C@ %l\n' | sort
	cat "$T/o/secret"
}

# refused MESSAGE PYTHON [FORMAT]: unpacking the archive ends with exit 3 and
# the message, for root and others, and o is as it was.
refused() {
	local mode who
	archive "$2" "${3-GNU_FORMAT}" >a.tar
	mkdir -p o/dir
	echo secret >o/secret
	chmod -R a+w o
	outside >before
	for mode in fail keep overwrite; do
		for who in command plain; do
			rm -rf d
			try 3 $who glb-blobs unpack --existing=$mode d <a.tar
			same "glb-blobs: $1" "$(cat err)"
			outside >after
			cmp before after
		done
	done
}
