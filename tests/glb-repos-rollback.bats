#!/usr/bin/env bats
# glb-repos rollback and discard: back to the old repositories, or not.
# SPDX-License-Identifier: MIT
load helper
load repos

# new: s as it is, without what is kept.
new() {
	(cd s && find . -path ./+gitaly -prune -o -printf '%y %m %p %l\n' |
		sort && find . -path ./+gitaly -prune -o -type f \
		-exec sha256sum {} + | sort -k2)
}

# own_gitaly: +gitaly is there before, with something in it.
own_gitaly() {
	mkdir -p s/+gitaly/tmp/x
	echo state >s/+gitaly/state
	sums s >before
}

@test "rollback: all is as it was, names, modes, bytes; and nothing is kept" {
	changed
	restore 0 --keep-replaced --remove-all=default
	[ -e s/n/e/w.git/HEAD ]
	[ ! -e s/x/y/other.git ]
	g a/b.git show-ref --head | cmp - t/default/a/b.git/ID/001.refs
	undo 0 rollback
	[ ! -s err ]
	sums s | cmp - before
}

@test "discard: all is as it was restored, and nothing is kept" {
	changed
	restore 0 --keep-replaced --remove-all=default
	new >after
	undo 0 discard
	[ ! -s err ]
	sums s | cmp - after
	undo 0 rollback
	sums s | cmp - after
}

@test "nothing is kept: both do nothing, silently" {
	changed
	undo 0 rollback
	[ ! -s err ]
	undo 0 discard
	[ ! -s err ]
	sums s | cmp - before
	own_gitaly
	undo 0 rollback
	undo 0 discard
	[ ! -s err ]
	sums s | cmp - before
}

@test "+gitaly that was there stays, with all that is in it" {
	local verb
	changed
	own_gitaly
	for verb in rollback discard; do
		restore 0 --keep-replaced
		undo 0 $verb
		same "state tmp tmp/x" "$(cd s/+gitaly && find . -mindepth 1 |
			sed 's|^./||' | sort | xargs)"
	done
}

@test "two runs are kept: rollback ends in the oldest state" {
	changed
	restore 0 --keep-replaced --remove-all=default
	commit a/b.git refs/heads/third refs/heads/main
	commit n/e/w.git refs/heads/third refs/heads/main
	rm -r s/e.git
	normal y/other.git
	restore 0 --keep-replaced --remove-all=default
	same "glb-restore.1 glb-restore.2" "$(ls s/+gitaly | xargs)"
	undo 0 rollback
	[ ! -s err ]
	[ -e s/y/other.git/HEAD ]
	rm -r s/y
	sums s | cmp - before
}

@test "numbers, not names, tell which run is the newest" {
	changed
	restore 0 --keep-replaced
	mv s/+gitaly/glb-restore.{1,9}
	commit a/b.git refs/heads/third refs/heads/main
	restore 0 --keep-replaced
	[ -e s/+gitaly/glb-restore.10/ended ]
	undo 0 rollback
	sums s | cmp - before
}

@test "discard removes every run's" {
	changed
	restore 0 --keep-replaced
	restore 0 --keep-replaced --remove-all=default
	new >after
	undo 0 discard
	sums s | cmp - after
}

@test "a restore that failed in part can be rolled back, or discarded" {
	local verb
	changed
	cp -a s old
	rm t/default/a/b.git/ID/001.bundle
	for verb in rollback discard; do
		restore 4
		grep -q 'glb-restore.1: holds what was replaced' err
		new >after
		undo 0 $verb
		[ $verb = discard ] || cp before after
		sums s | cmp - after
	done
}

@test "rolled back, restored again, rolled back again" {
	changed
	restore 0 --keep-replaced --remove-all=default
	undo 0 rollback
	restore 0 --keep-replaced
	undo 0 rollback
	sums s | cmp - before
	restore 0 --remove-all=default
	[ ! -e s/+gitaly ]
	[ -e s/n/e/w.git/HEAD ]
}

@test "a directory that a restore has made stays if it is used by others" {
	changed
	restore 0 --keep-replaced
	normal n/later.git
	undo 0 rollback
	[ -e s/n/later.git/HEAD ]
	[ ! -e s/n/e ]
	rm -r s/n
	sums s | cmp - before
}

@test "what the user has removed meanwhile comes back, or is no trouble" {
	changed
	restore 0 --keep-replaced --remove-all=default
	rm -r s/a s/n s/x
	undo 0 rollback
	[ ! -s err ]
	sums s | cmp - before
}

@test "several storages; --storage or the site's; one that is not there" {
	changed
	restore 0 --keep-replaced
	mkdir -p o site/config
	try 1 glb-repos rollback --storage=default=nowhere --storage=o=o
	same "glb-repos: default: nowhere: No such file or directory" "$(cat err)"
	try 1 glb-repos rollback --gitlab-path=nowhere
	echo 17.11.0 >site/VERSION
	cat >site/config/gitlab.yml <<-END
		production:
		  gitlab: {host: localhost}
		  repositories:
		    storages:
		      other: {path: $T/o}
		      elsewhere: {gitaly_address: "tcp://elsewhere:1"}
		      default: {path: $T/s}
	END
	echo 'production: {main: {adapter: postgresql, database: x}}' \
		>site/config/database.yml
	try 0 glb-repos rollback --gitlab-path=site
	[ ! -s err ]
	sums s | cmp - before
}

@test "a storage that is in use stops no other" {
	changed
	restore 0 --keep-replaced
	mkdir -p o/+gitaly/glb-restore.1
	exec 8>o/+gitaly/glb-restore.1/lock
	flock 8
	try 5 glb-repos rollback --storage=o=o --storage=default=s
	exec 8>&-
	sums s | cmp - before
	try 0 glb-repos rollback --storage=o=o
	[ ! -e o/+gitaly ]
}

@test "wrong options: status 2, and nothing is done" {
	local why args
	changed
	restore 0 --keep-replaced
	sums s >kept
	while read -r why args; do
		for verb in rollback discard; do
			# shellcheck disable=SC2086 # words of a command line
			try 2 glb-repos $verb --storage=default=s $args
			[ ! -s out ]
			grep -qF -e "${why//_/ }" err
		done
	done <<-'END'
		unexpected_argument t
		given_twice --storage=default=s
		not_NAME=DIR --storage=x
		--id --id=ID
		--jobs --jobs=2
	END
	sums s | cmp - kept
}

@test "what was put back is counted on the status descriptor" {
	changed
	restore 0 --keep-replaced
	GLB_STATUS_FD=5 undo 0 rollback 5>status
	grep -q '"items":4}$' <(tail -n 1 status)
}
