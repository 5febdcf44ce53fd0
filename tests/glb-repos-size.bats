#!/usr/bin/env bats
# glb-repos: a repository of 5 GB, in little memory.
# SPDX-License-Identifier: MIT
load helper
load repos

# noise N KEY: N bytes that do not compress.
noise() {
	head -c "$1" /dev/zero | openssl enc -aes-128-ctr -nosalt \
		-K "$(printf %032d "$2")" -iv "$(printf %032d 0)"
}

# frugal COMMAND...: as try 0, where neither it nor its children may have more
# than 300 MB of memory of their own.
frugal() {
	try 0 bash -c 'ulimit -d 300000; exec "$@"' - "$@"
	[ ! -s err ]
}

# history SIZE: a blob of this size, a small one that lies behind it in a pack,
# and a commit that holds both, for git fast-import.
history() {
	printf 'blob\nmark :1\ndata %d\n' "$1"
	noise "$1" 1
	printf '\nblob\nmark :2\ndata 1000\n'
	noise 1000 2
	printf '\ncommit refs/heads/main\ncommitter A <a> 1700000000 +0000\n'
	printf 'data 1\nx\nM 100644 :1 a\nM 100644 :2 b\n\n'
}

# last_offset REPOSITORY: where in its pack the last object starts.
last_offset() {
	g "$1" show-index <"$(echo s/"$1"/objects/pack/*.idx)" |
		sort -n | tail -n 1 | cut -d ' ' -f 1
}

@test "5 GB: backed up, verified, restored" {
	empty a.git
	history 5000000000 | g a.git -c core.compression=0 \
		-c fastimport.unpackLimit=0 fast-import --quiet
	lines a.git >list
	frugal glb-repos create --id=ID --storage=default=s t <list
	g a.git show-ref --head | cmp - t/default/a.git/ID/001.refs
	rm -r s
	mkdir s tmp
	TMPDIR=$T/tmp frugal glb-repos verify t
	frugal glb-repos restore --storage=default=s t <list
	g a.git show-ref --head | cmp - t/default/a.git/ID/001.refs
	[ "$(last_offset a.git)" -gt $((1 << 32)) ]
	same 5000000000 "$(g a.git cat-file -s main:a)"
	g a.git cat-file blob main:b | cmp - <(noise 1000 2)
	rm -r s t
}
