#!/usr/bin/env bats
# glb-blobs: a million members need no more memory than a few.
# SPDX-License-Identifier: MIT
load helper
load blobs

# In memory: a disk would take minutes.
setup_file() {
	many=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
	export many
}
teardown_file() { rm -rf "$many"; }

# members TYPE COUNT NAME: an archive of so many members; NAME is a format of
# their number and of a 25th of it.
members() {
	perl -e '
		my ($type, $count, $format) = @ARGV;
		for my $i (0 .. $count - 1) {
			my $h = pack("a100 a8 a8 a8 a12 a12 A8 a1 a100 a6 a2 a247",
				sprintf($format, $i, int($i / 25)), "0000700", "0000000",
				"0000000", $type == 0 ? "00000000001" : "00000000000",
				"00000000007", "", $type, "", "ustar", "00", "");
			substr($h, 148, 8, sprintf("%06o\0 ", unpack("%32C*", $h)));
			print $h;
			print "x", "\0" x 511 if $type == 0;
		}
		print "\0" x 10240' "$@"
}

# limited KIB COMMAND...: with that much memory.
limited() {
	bash -c 'ulimit -v "$1"; shift; exec "$@"' - "$(memory "$1")" "${@:2}"
}

@test "1000000 members, 200000 of them written, to 40000 names, in 8 MB" {
	set -o pipefail
	mkdir "$many/a"
	(cd "$many/a" && seq -f 'f%06.0f' 0 31999 | xargs touch)
	members 0 1000000 './f%2$06d' | limited 8000 \
		glb-blobs unpack --existing=keep "$many/a" 2>err
	same "glb-blobs: $many/a: 800000 existing files kept" "$(cat err)"
	same "32000 8000" "$(find "$many/a" -type f -printf '%s\n' | sort |
		uniq -c | awk '{ print $1 }' | xargs)"
}

@test "a list of 1000000 members in 8 MB" {
	set -o pipefail
	members 0 1000000 './f%06d' | limited 8000 glb-blobs list | wc -l >lines
	same 1000000 "$(cat lines)"
}
