#!/usr/bin/env bats
# What glb-repos create does when something is wrong.
# SPDX-License-Identifier: MIT
load helper
load repos

# failed PATH REASON: it alone has failed, with this reason, and left nothing.
failed() {
	same "$(result "$1" failed 0 0 "$2")" "$(grep -a '"failed"' out)"
	same "glb-repos: default/$1: $2" "$(cat err)"
	same '' "$(find t -path "*/$1/*" ! -type d)"
	same '' "$(find t -name '.glb*' -o -path '*ID/*.tmp')"
	same ID "$(ls t/backup_ids)"
}

@test "a corrupt repository fails alone: status 4, the others are whole" {
	normal a.git
	normal b.git
	rm "s/b.git/objects/$(g b.git rev-parse main | sed 's|^..|&/|')"
	normal c.git
	create 4 a.git b.git c.git
	failed b.git "git pack-objects: bad object $(g b.git rev-parse main)"
	whole a.git
	whole c.git
}

@test "a repository without a blob, or shallow, is no whole backup" {
	normal good.git
	normal a.git
	rm "s/a.git/objects/$(g a.git rev-parse main:file | sed 's|^..|&/|')"
	create 4 good.git a.git
	grep -q '^glb-repos: default/a.git: git pack-objects: ' err
	rm -r t
	git clone -q --bare --depth 1 --branch other "file://$T/s/good.git" \
		s/b.git
	create 4 good.git b.git
	failed b.git "git pack-objects: Failed to traverse parents of commit $(
		g good.git rev-parse other)"
}

@test "grafts are not believed: the true history is backed up" {
	normal a.git
	g a.git update-ref -d refs/heads/main
	g a.git tag -d v1
	g a.git rev-parse other >s/a.git/info/grafts
	create 0 a.git
	rm s/a.git/info/grafts
	whole a.git
	same 2 "$(git --git-dir=back.git rev-list --count other)"
}

@test "a reference of a thousand components needs no thousand descriptors" {
	local name
	name=refs/heads/$(printf 'a/%.0s' {1..1000})x
	normal a.git
	g a.git update-ref "$name" main
	(ulimit -n 64 && create 0 a.git)
	whole a.git
}

@test "a git that reads its standard input does not eat the list" {
	fake_git '[ "$2" = pack-objects ] || cat >/dev/null'
	normal a.git
	normal b.git
	create 0 a.git b.git
	same 2 "$(grep -c '"status":"ok"' out)"
}

@test "what git complains of, and still ends with 0, is a failure" {
	normal good.git
	normal a.git
	g a.git symbolic-ref refs/heads/alias refs/heads/main
	fake_git 'case $dir$2 in */a.gitshow-ref)
		echo "warning: ignoring broken ref refs/x" >&2 ;; esac'
	create 4 good.git a.git
	failed a.git "git show-ref: warning: ignoring broken ref refs/x"
}

@test "no HEAD, a HEAD of garbage, a plain directory, a file: failures" {
	local why
	normal good.git
	normal a.git
	cp -r s/a.git s/b.git
	rm s/a.git/HEAD
	echo garbage >s/b.git/HEAD
	mkdir s/c.git
	touch s/d.git
	for why in a b c; do
		create 4 good.git $why.git
		failed $why.git "git show-ref: not a git repository: 's/$why.git'"
		rm -r t
	done
	create 4 good.git d.git
	failed d.git "Not a directory"
}

@test "a repository behind a dangling link is not taken for absent" {
	normal good.git
	ln -s /nowhere/at/all s/disk
	create 4 good.git disk/a.git
	failed disk/a.git "a symbolic link that leads to it is dangling"
}

@test "a pack that is not one is a failure" {
	normal good.git
	normal a.git
	fake_git 'case $dir$2 in */a.gitpack-objects) exit 0 ;; esac'
	create 4 good.git a.git
	failed a.git "git pack-objects: exit status 0, but no pack"
}

@test "git killed by a signal is a failure that says so" {
	normal good.git
	normal a.git
	fake_git 'case $dir$2 in */a.gitpack-objects) kill -9 $$ ;; esac'
	create 4 good.git a.git
	failed a.git "git pack-objects: killed by signal 9 (Killed)"
}

@test "a great deal on stderr blocks nobody; the last fatal line is told" {
	normal good.git
	normal a.git
	fake_git 'case $dir$2 in */a.gitpack-objects)
		printf "fatal: \001 \377\n" >&2
		yes "warning: much" | head -c 300000 >&2
		exit 1 ;; esac'
	create 4 good.git a.git
	same 'glb-repos: default/a.git: git pack-objects: \x01 \xFF' "$(cat err)"
}

@test "pushed between list and pack: they agree all the same" {
	normal a.git
	fake_git 'case $2 in pack-objects) [ -e $T/once ] || {
		touch $T/once
		"$real" --git-dir=$dir update-ref refs/heads/pushed refs/heads/main
		"$real" --git-dir=$dir update-ref refs/heads/main refs/heads/other
		}; esac'
	create 0 a.git
	[ -e once ]
	g a.git show-ref pushed
	run ! grep -q pushed t/default/a.git/ID/001.refs
	same "$(sort t/default/a.git/ID/001.refs)" \
		"$(sed '/^$/,$d; 1d' t/default/a.git/ID/001.bundle | sort)"
	git bundle list-heads t/default/a.git/ID/001.bundle
	git clone -q t/default/a.git/ID/001.bundle clone
}

@test "deleted and pruned between list and pack: taken anew" {
	normal a.git
	commit a.git refs/heads/doomed
	fake_git 'case $2 in pack-objects) [ -e $T/once ] || {
		touch $T/once
		"$real" --git-dir=$dir update-ref -d refs/heads/doomed
		"$real" --git-dir=$dir prune --expire=now
		}; esac'
	create 0 a.git
	[ -e once ]
	[ ! -s err ]
	whole a.git
}

@test "a repository that never stands still is given up after three tries" {
	normal good.git
	normal a.git
	fake_git 'case $dir$2 in */a.gitpack-objects)
		echo >>$T/tries
		"$real" --git-dir=$dir update-ref refs/heads/$$ refs/heads/main
		echo "fatal: no" >&2
		exit 1 ;; esac'
	create 4 good.git a.git
	failed a.git "git pack-objects: no"
	same 3 "$(grep -c '' tries)"
}

@test "a failure of a repository that stands still is not tried again" {
	normal good.git
	normal a.git
	fake_git 'case $dir$2 in */a.gitpack-objects)
		echo >>$T/tries; exit 1 ;; esac'
	create 4 good.git a.git
	failed a.git "git pack-objects: exit status 1"
	same 1 "$(grep -c '' tries)"
}

@test "broken while it is taken anew: only the last reason is told" {
	normal good.git
	normal a.git
	fake_git 'case $dir$2 in */a.gitpack-objects)
		echo garbage >$dir/HEAD; echo "fatal: first" >&2; exit 1 ;; esac'
	create 4 good.git a.git
	failed a.git "git show-ref: not a git repository: 's/a.git'"
}

@test "hooks that tar cannot read fail the repository" {
	normal good.git
	normal a.git
	mkdir s/a.git/custom_hooks bin
	printf '#!/bin/sh\necho "tar: no" >&2\nexit 2\n' >bin/tar
	chmod 755 bin/tar
	PATH=$T/bin:$PATH create 4 good.git a.git
	failed a.git "tar: no"
}

@test "a repository listed twice is backed up once" {
	normal a.git
	create 4 a.git a.git
	same "failed ok" "$(cut -d'"' -f12 out | sort | xargs)"
	same "glb-repos: default/a.git: the backup cannot be written: it has this\
 repository already" "$(cat err)"
	whole a.git
}

@test "an id that the tree has: status 1, nothing is touched" {
	normal a.git
	create 0 a.git
	find t -type f -exec sha256sum {} + >before
	create 1 a.git
	same "glb-repos: t: has a backup ID already" "$(cat err)"
	[ ! -s out ]
	sha256sum -c --quiet before
}

@test "a link in the tree leads nothing outside" {
	normal a.git
	mkdir t outside
	ln -s ../outside t/default
	create 4 a.git
	same "glb-repos: default/a.git: the backup cannot be written: Not a\
 directory" "$(cat err)"
	same '' "$(ls outside)"
}

@test "every repository failed: no id is marked" {
	mkdir -p s/a.git
	create 4 a.git
	[ ! -e t/backup_ids ]
}
