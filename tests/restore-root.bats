#!/usr/bin/env bats
# gitlab-backup-cli restore where a test needs root: mounts, full disks, owners.
# SPDX-License-Identifier: MIT
load helper
load restoring

setup_file() { restoring_setup root; }
teardown_file() { restoring_teardown; }

# mounted CODE SCRIPT: in mounts of its own that end with it; $T and $B are known.
mounted() {
	T=$T B=$B try "$1" unshare -m bash -euc "$2"
}

@test "storages and directories that cannot be written: all told, nothing changes" {
	restoring
	change
	# shellcheck disable=SC2016 # for the other bash
	mounted 1 'for d in repositories/default gitlab/public/uploads; do
			mount --bind "$T/$d" "$T/$d"
			mount -o remount,ro,bind "$T/$d"
		done
		gitlab-backup-cli restore all good -q'
	grep -q "storage default: $T/repositories/default: Read-only file system" err
	grep -q "uploads: $T/gitlab/public/uploads: Read-only file system" err
	is changed
	left_nothing
}

@test "a directory that is a mount point: restored, and undone, inside of it" {
	restoring
	# shellcheck disable=SC2016 # for the other bash
	mounted 0 'u=$T/gitlab/public/uploads
		cp -a "$u" before
		mount -t tmpfs none "$u"
		chown --reference=before "$u"
		: >"$u/later"
		gitlab-backup-cli restore uploads good -q --keep-replaced
		[ -e "$u/.glb-restore" ]
		[ ! -e "$u/later" ]
		gitlab-backup-cli rollback -q
		[ -e "$u/later" ]
		gitlab-backup-cli restore uploads good -q
		[ ! -e "$u/later" ]
		[ ! -e "$u/.glb-restore" ]
		diff -r --no-dereference --exclude=tmp --exclude=lost+found "$u" before'
}

@test "something mounted inside of a directory: refused, and merged if told" {
	restoring
	# shellcheck disable=SC2016 # for the other bash
	mounted 1 'mkdir "$T/gitlab/public/uploads/in" "$T/gitlab/public/uploads/tmp/in"
		mount -t tmpfs none "$T/gitlab/public/uploads/in"
		mount -t tmpfs none "$T/gitlab/public/uploads/tmp/in"
		gitlab-backup-cli restore uploads good -q --existing=merge
		gitlab-backup-cli restore uploads good -q'
	same 1 "$(grep -c 'is a mount point' err)"
	grep -q "uploads: $T/gitlab/public/uploads/in is a mount point, which cannot be moved aside (--existing=merge)" err
}

@test "a disk that is too small: told before; one that fills up: undone" {
	restoring
	# shellcheck disable=SC2016 # for the other bash
	mounted 1 'u=$T/gitlab/public/uploads
		mount -t tmpfs -o size=256k none "$u"
		: >"$u/later"
		gitlab-backup-cli restore uploads good -q'
	grep -q "$T/gitlab/public/uploads: .* come and .* are free" err
	# shellcheck disable=SC2016 # for the other bash
	mounted 0 'u=$T/gitlab/public/uploads
		mount -t tmpfs -o size=16m,nr_inodes=20 none "$u"
		: >"$u/later"
		code=0
		gitlab-backup-cli restore uploads good -q || code=$?
		[ $code -eq 1 ]
		[ "$(ls -A "$u")" = later ]'
	grep -q 'No space left on device' err
	left_nothing
}
