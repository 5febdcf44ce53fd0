#!/usr/bin/env bats
# glb-repos rollback and discard by root: owners, rights, foreign files.
# SPDX-License-Identifier: MIT
load helper
load repos

# owned: a.git was replaced and n/b.git made, on a storage of user 4242.
owned() {
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
	normal a.git
	normal n/b.git
	create 0 a.git n/b.git
	commit a.git refs/heads/since refs/heads/main
	rm -r s/n
	chown -R 4242:4243 s
	chmod 700 s
	find s -printf '%p %U:%G %m\n' | sort >owners
	sums s >before
	restore 0 --keep-replaced
}

@test "all belongs to the storage's owner again, in the end and on the way" {
	owned
	same 137 "$(killed 12 glb-repos rollback --storage=default=s)"
	same 4242:4243 "$(find s -printf '%U:%G\n' | sort -u)"
	undo 0 rollback
	[ ! -s err ]
	find s -printf '%p %U:%G %m\n' | sort | cmp - owners
	sums s | cmp - before
}

@test "files of others in what is removed are no trouble" {
	owned
	mkdir -m 700 s/a.git/objects/zz s/n/b.git/objects/zz
	touch s/{a,n/b}.git/objects/zz/file
	undo 0 rollback
	[ ! -s err ]
	sums s | cmp - before
	mkdir -m 700 s/a.git/objects/zz
	touch s/a.git/objects/zz/file
	restore 0 --keep-replaced
	undo 0 discard
	[ ! -e s/+gitaly ]
}

@test "what the owner may not change is named, status 4; the rest goes back" {
	owned
	chown 0:0 s/n
	chmod 755 s/n
	undo 4 rollback
	same "glb-repos: default/n/b.git: cannot be removed: Permission denied" \
		"$(cat err)"
	diff <(grep a.git before) <(sums s | grep ' \./a\.git\b')
	[ -e s/+gitaly/glb-restore.1/made/n/b.git/+ ]
	chown 4242:4243 s/n
	undo 0 rollback
	sums s | cmp - before
}

@test "root writes and removes nothing where links of the owner lead" {
	owned
	mkdir -p root/replaced/a.git/+ root/glb-restore.1/made/x root/x
	touch root/glb-restore.1/made/x/+ root/ended
	sums root >there
	mv s/+gitaly keep
	ln -s ../root s/+gitaly
	chown -h 4242:4243 s/+gitaly
	undo 1 rollback
	undo 1 discard
	rm s/+gitaly
	mkdir s/+gitaly
	ln -s "$T/root" s/+gitaly/glb-restore.1
	ln -s "$T/root" s/+gitaly/glb-discard.1
	ln -s "$T/root" s/r
	chown -hR 4242:4243 s
	undo 1 rollback
	undo 1 discard
	rm s/+gitaly/*
	cp -a keep/glb-restore.1 s/+gitaly
	mkdir -p s/+gitaly/glb-restore.1/made/r/x
	touch s/+gitaly/glb-restore.1/made/r/{x/+,+dir}
	chown -hR 4242:4243 s
	undo 4 rollback
	same "glb-repos: default/r/x: r: Not a directory" "$(cat err)"
	sums root | cmp - there
}

@test "+gitaly of another, or closed to the owner: status 1, nothing is done" {
	owned
	chown 0:0 s/+gitaly
	chmod 700 s/+gitaly
	sums s >now
	undo 1 rollback
	same "glb-repos: s/+gitaly: Permission denied" "$(cat err)"
	undo 1 discard
	sums s | cmp - now
}
