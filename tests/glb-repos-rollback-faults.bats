#!/usr/bin/env bats
# glb-repos rollback and discard: sudden death, lives, what is in the way.
# SPDX-License-Identifier: MIT
load helper
load repos

# few: the smallest storage on which a restore replaces, makes and removes.
few() {
	normal a.git
	normal n/w.git
	create 0 a.git n/w.git
	commit a.git refs/heads/since refs/heads/main
	rm -r s/n
	normal x.git
	rm -r s/*/{hooks,info,branches,description}
	sums s >before
	cp -a s saved
}

# again: storage s as it was when it was saved.
again() {
	rm -rf s
	cp -a saved s
}

# kept: few, restored; after is what is new, and saved holds both.
kept() {
	few
	restore 0 --keep-replaced --remove-all=default
	rm -rf saved
	cp -a s saved
	undo 0 discard
	sums s >after
	again
}

D=s/+gitaly/glb-restore.1

@test "restore killed at any moment, rolled back: all is as it was" {
	local n got=137
	few
	for ((n = 1; got == 137; n++)); do
		again
		got=$(killed $n glb-repos restore -j1 --storage=default=s \
			--keep-replaced --remove-all=default t <list)
		[ -e s/a.git/HEAD ]
		undo 0 rollback
		[ ! -s err ]
		sums s | cmp - before
	done
	same 0 "$got"
	[ $n -gt 30 ]
}

@test "rollback killed at any moment: old or new; run again, all is as it was" {
	local n got=137
	kept
	for ((n = 1; got == 137; n += n < 25 ? 1 : 9)); do
		again
		got=$(killed $n glb-repos rollback --storage=default=s)
		# The new one has 2 branches, the old one 3.
		g a.git show-ref --heads | wc -l | grep -qx '[23]'
		same "" "$(grep -v since <(sums s/a.git) | grep '^l')"
		undo 0 rollback
		[ ! -s err ]
		sums s | cmp - before
	done
	same 0 "$got"
	[ $n -gt 30 ]
}

@test "rollback killed at any moment, then discard: all or nothing" {
	local n got=137 refused=0
	kept
	for ((n = 1; got == 137; n += n < 20 ? 1 : 31)); do
		again
		got=$(killed $n glb-repos rollback --storage=default=s)
		if glb-repos discard --storage=default=s 2>err; then
			sums s >now
			cmp -s now before || cmp now after
			continue
		fi
		refused=$((refused + 1))
		grep -q 'rollback first$' err
		undo 0 rollback
		sums s | cmp - before
	done
	[ $refused -gt 3 ]
}

@test "two runs, rollback killed at any moment: the oldest state in the end" {
	local n got=137
	kept
	commit a.git refs/heads/third refs/heads/main
	restore 0 --keep-replaced
	rm -r saved
	cp -a s saved
	for ((n = 1; got == 137; n += n < 40 ? 2 : 17)); do
		again
		got=$(killed $n glb-repos rollback --storage=default=s)
		undo 0 rollback
		sums s | cmp - before
	done
	same 0 "$got"
	[ $n -gt 30 ]
}

@test "discard killed at any moment: rollback then does all or nothing" {
	local n got=137 olds=0 news=0 verb
	kept
	for ((n = 1; got == 137; n += n < 9 ? 1 : 17)); do
		for verb in rollback discard; do
			again
			got=$(killed $n glb-repos discard --storage=default=s)
			undo 0 $verb
			[ ! -s err ]
			if [ $verb = rollback ] && sums s | cmp -s - before; then
				olds=$((olds + 1))
			else
				sums s | cmp - after
				news=$((news + 1))
			fi
		done
	done
	same 0 "$got"
	[ $olds -gt 1 ]
	[ $news -gt 9 ]
}

@test "restore killed while it removes former ones: nothing comes back" {
	local n got=137 news=0
	few
	for ((n = 40; got == 137; n += 7)); do
		again
		got=$(killed $n glb-repos restore -j1 --storage=default=s \
			t <list)
		[ -d s/+gitaly/glb-discard.1 ] || continue
		undo 0 rollback
		[ ! -e s/+gitaly ]
		g a.git show-ref --head | cmp - t/default/a.git/ID/001.refs
		[ -e s/n/w.git/HEAD ]
		news=$((news + 1))
	done
	[ $news -gt 3 ]
}

@test "the next restore removes what was being discarded" {
	kept
	same 137 "$(killed 8 glb-repos discard --storage=default=s)"
	[ -d s/+gitaly/glb-discard.1 ]
	restore 0 --remove-all=default
	[ ! -s err ]
	[ ! -e s/+gitaly ]
}

@test "discard refuses a run that was killed, unless it had changed nothing" {
	local n
	few
	for ((n = 1; ; n++)); do
		again
		same 137 "$(killed $n glb-repos restore -j1 \
			--storage=default=s t <list)"
		! grep -q since <(g a.git show-ref) || {
			undo 0 discard
			sums s | cmp - before
			continue
		}
		break
	done
	[ $n -gt 5 ]
	undo 1 discard
	same "glb-repos: $D: is of a restore that was killed, or not rolled back\
 in full: rollback first" "$(cat err)"
	lines none.git >list
	restore 4
	grep -q "^glb-repos: $D: holds what a restore that was killed" err
	undo 1 discard
	undo 0 rollback
	sums s | cmp - before
}

@test "a restore that still runs: status 5, nothing is touched" {
	local pid verb got=0
	few
	mkfifo in
	glb-repos restore --storage=default=s --keep-replaced t <in >out1 3>&- &
	pid=$!
	exec 7>in
	head -n 1 list >&7
	awaited $pid [ -s out1 ]
	sums s >now
	for verb in rollback discard; do
		undo 5 $verb
		same "glb-repos: $D: is of a restore that still runs" "$(cat err)"
		sums s | cmp - now
	done
	exec 7>&-
	wait $pid || got=$?
	same 0 $got
	undo 0 rollback
	sums s | cmp - before
}

@test "something is in the way: named, status 4, it stays, all else goes back" {
	changed
	restore 0 --keep-replaced --remove-all=default
	rm -r s/a/b.git s/e.git s/n/e/w.git
	mkdir -p s/a/b.git/other
	echo file >s/e.git
	mkdir s/n/e/w.git
	echo file >s/n/e/w.git/file
	undo 4 rollback
	same "glb-repos: default/a/b.git: a directory that is no repository\
 stands in its place
glb-repos: default/e.git: what is no directory stands in its place
glb-repos: default/n/e/w.git: a directory that is no repository stands in\
 its place" "$(sort err)"
	same "$(cd $D && find . | sort)" "$(cd $D && find . \( -path \
		'./replaced/a/b.git/*' -o -path './replaced/e.git' -o -path \
		'./made/n/*' -o -true \) | sort)"
	[ -e $D/replaced/a/b.git/+/HEAD ]
	[ -d $D/replaced/e.git/+ ]
	[ -L s/c.git ]
	[ -e s/x/y/other.git/HEAD ]
	undo 1 discard
	rm -r s/a/b.git s/e.git s/n/e/w.git
	undo 0 rollback
	sums s | cmp - before
}

@test "an older run's does not go back before a newer one's" {
	kept
	commit a.git refs/heads/third refs/heads/main
	restore 0 --keep-replaced
	rm -r s/a.git s/n/w.git
	mkdir s/a.git
	echo file >s/a.git/file
	undo 4 rollback
	same "glb-repos: default/a.git: a directory that is no repository stands\
 in its place" "$(cat err)"
	[ -e $D/replaced/a.git/+/HEAD ]
	[ ! -e s/n ]
	rm -r s/a.git
	undo 0 rollback
	sums s | cmp - before
}

@test "what is called like a run, but is none: named, status 1, all stays" {
	kept
	: >s/+gitaly/glb-restore.3
	undo 1 rollback
	same "glb-repos: s/+gitaly/glb-restore.3: Not a directory" "$(cat err)"
	rm s/+gitaly/glb-restore.3
	undo 0 rollback
	sums s | cmp - before
}

@test "hostile names and links in +gitaly lead nowhere" {
	local r
	kept
	mkdir outside
	normal out.git
	mv s/out.git outside
	sums outside >there
	ln -s "$T/outside" s/link
	r=$D/replaced
	ln -s "$T/outside" $r/l
	mkdir -p $r/{+gitaly,@pools/aa/bb}/p.git/+ $r/link/q.git/+ $r/+ \
		$r/x/+1x $D/made/link/{out.git,o} $D/made/+dir $r/a.git/+77
	touch $D/made/link/{out.git,o}/+ $D/made/link/+dir $r/file \
		$D/made/link/o/+dir
	ln -s ../outside s/+gitaly/glb-discard.9
	ln -s /dev/zero $D/3.swap
	mkfifo $D/4.swap
	undo 4 rollback
	sums outside | cmp - there
	rm -r s/+gitaly s/link
	sums s | cmp - before
	mkdir s/+gitaly
	ln -s ../../outside $D
	undo 1 rollback
	undo 1 discard
	rm -r s/+gitaly
	ln -s ../outside s/+gitaly
	undo 1 rollback
	same "glb-repos: s/+gitaly: Not a directory" "$(cat err)"
	sums outside | cmp - there
}
