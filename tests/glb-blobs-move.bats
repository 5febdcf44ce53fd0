#!/usr/bin/env bats
# glb-blobs unpack --existing=move and =delete: what is swapped, and when not.
# SPDX-License-Identifier: MIT
load helper
load blobs
load swap

@test "the tree becomes the archive's, DIR itself stays and gets its attributes" {
	local inode
	pair
	inode=$(stat -c %i d)
	move 0
	same "" "$(cat out err)"
	is new
	nothing_left
	same "$inode" "$(stat -c %i d)"
	# Once more, over itself.
	move 0
	is new
	try 0 glb-blobs rollback d
	is new
}

@test "--keep-replaced: rollback brings back all, discard removes it" {
	pair
	move 0 --keep-replaced
	is new
	same "d d.glb-restore" "$(echo d*)"
	[ "$(stat -c %a d.glb-restore)" = 700 ]
	move 1
	same "glb-blobs: d.glb-restore: holds what was replaced: rollback or discard first" \
		"$(cat out err)"
	move 1 --keep-replaced
	for mode in fail keep overwrite; do
		try 1 glb-blobs unpack --existing=$mode d <new.tar
		same "glb-blobs: d.glb-restore: rollback or discard first" \
			"$(cat out err)"
	done
	try 1 glb-blobs unpack --existing=delete d <new.tar
	is new
	try 0 glb-blobs rollback d
	same "" "$(cat out err)"
	is old
	nothing_left
	move 0 --keep-replaced
	try 0 glb-blobs discard d
	same "" "$(cat out err)"
	is new
	nothing_left
}

@test "nothing to do: rollback and discard are silent, 0" {
	mkdir d
	for dir in d d/ none none/at/all; do
		try 0 glb-blobs rollback "$dir"
		try 0 glb-blobs discard "$dir"
		same "" "$(cat out err)"
	done
	same d "$(echo d*)"
}

@test "DIR may be a symbolic link, end in a slash, be the current one" {
	local dir
	pair
	mkdir real
	mv d real/d
	ln -s real/d d
	for dir in d d/ real/d/ real/../d "$T/d"; do
		try 0 glb-blobs unpack --existing=move --keep-replaced "$dir" <new.tar
		same "d d.glb-restore" "$(names real)"
		is new real/d
		[ -L d ]
		try 0 glb-blobs rollback "$dir"
		is old real/d
		same d "$(names real)"
	done
	cd real/d
	try 0 glb-blobs unpack --existing=move --keep-replaced . <"$T/new.tar"
	same "d d.glb-restore" "$(names ..)"
	try 0 glb-blobs rollback .
	cd "$T"
	is old real/d
	rm d && ln -s nowhere d
	move 1
	same "glb-blobs: d: No such file or directory" "$(cat err)"
	[ -L d ]
}

@test "a missing DIR is made, with its parents; rollback removes it" {
	pair
	try 0 glb-blobs unpack --existing=move p/q/r <new.tar
	is new p/q/r
	nothing_left
	rm -r p
	try 0 glb-blobs unpack --existing=move --keep-replaced p/q/r/ <new.tar
	is new p/q/r
	try 0 glb-blobs rollback p/q/r
	same q "$(names p)"
	same "" "$(names p/q)"
	rm -r p
	archive 'add("a")' >none.tar
	try 0 bash -c 'umask 027; exec glb-blobs unpack --existing=move e <none.tar'
	same "750 a" "$(stat -c %a e) $(names e)"
}

@test "an archive without members: a missing DIR stays so, another one is emptied" {
	pair
	head -c 10240 /dev/zero >new.tar
	try 0 glb-blobs unpack --existing=move p/q/r <new.tar
	same "" "$(cat out err)"
	[ ! -e p ]
	move 0 --keep-replaced
	same "" "$(names d)"
	same 751 "$(stat -c %a d)"
	try 0 glb-blobs rollback d
	is old
}

@test "-x and lost+found stay where they are, unless the archive brings them" {
	pair
	mkdir d/tmp d/lost+found d/a
	touch d/tmp/f d/a/tmp
	manifest d/tmp >tmp
	manifest d >old
	move 0 --keep-replaced -x ./tmp
	same "both dir file link lost+found pipe tmp" "$(names d)"
	is tmp d/tmp
	same "a both dir fifo file link old" "$(names d.glb-restore/replaced)"
	try 0 glb-blobs rollback d
	is old
	mkdir src/tmp src/new
	touch src/tmp/n
	tar -C src -cf new.tar .
	move 0 --keep-replaced -x tmp --exclude=new/
	same n "$(names d/tmp)"
	# Where it stays, what comes later stays too.
	mkdir d/lost+found/1
	try 0 glb-blobs rollback d
	rmdir d/lost+found/1
	touch -r src d/lost+found
	manifest d | grep -v '^./lost+found' | diff - <(grep -v '^./lost+found' old)
	try 2 glb-blobs unpack --existing=move -x a/tmp d <new.tar
	same "glb-blobs: --exclude: ./a/tmp: not at the top of the directory" \
		"$(cat err)"
	try 2 glb-blobs unpack --existing=delete --keep-replaced d <new.tar
	same "glb-blobs: --keep-replaced goes with --existing=move" "$(cat err)"
}

@test "an archive that brings .glb-restore is refused, pack leaves it out" {
	local mode
	pair
	archive 'add("a"); add("./.glb-restore/in/a")' >new.tar
	for mode in move fail; do
		try 3 glb-blobs unpack --existing=$mode n <new.tar
		same "glb-blobs: ./.glb-restore/in/a: byte 512: a name that restores keep for themselves" \
			"$(cat err)"
	done
	archive 'add("h", LNKTYPE, linkname=".glb-restore/lock")' >new.tar
	move 3
	is old
	nothing_left
	mkdir d/.glb-restore d/old/.glb-restore
	same "./old/.glb-restore/" "$(glb-blobs pack d | tar -t | grep glb)"
	rm -r n && mkdir -p n/.glb-restore
	try 1 glb-blobs unpack n <new.tar
	same "glb-blobs: n/.glb-restore: rollback or discard first" "$(cat err)"
}

@test "damaged, cut short, unreadable: exact statuses, DIR untouched" {
	local n size
	pair
	touch -r new.tar stamp
	size=$(stat -c %s new.tar)
	for ((n = 0; n < size - 10240; n += 8192)); do
		try 3 bash -c "head -c $n new.tar |
			{ glb-blobs unpack --existing=move d; }"
		same 1 "$(wc -l <err)"
	done
	{ cat new.tar && echo; } >more.tar
	try 3 glb-blobs unpack --existing=move d <more.tar
	try 3 glb-blobs unpack --existing=move p/q <more.tar
	try 1 glb-blobs unpack --existing=move d <.
	same "glb-blobs: standard input: Is a directory" "$(cat err)"
	try 1 glb-blobs unpack --existing=move d <&-
	try 1 glb-blobs unpack --existing=move new.tar <new.tar
	same "glb-blobs: new.tar: Not a directory" "$(cat err)"
	is old
	nothing_left
	[ ! -e p ]
}

@test "W that is no directory or holds something else is left alone: exit 1" {
	pair
	touch d.glb-restore
	move 1
	same "glb-blobs: d.glb-restore: Not a directory" "$(cat err)"
	rm d.glb-restore && ln -s src d.glb-restore
	move 1
	try 1 glb-blobs rollback d
	rm d.glb-restore && mkdir d.glb-restore && touch d.glb-restore/x
	for verb in rollback discard; do
		try 1 glb-blobs $verb d
		same "glb-blobs: d.glb-restore: is not what a restore has left" \
			"$(cat err)"
	done
	[ -e d.glb-restore/x ]
	rm d.glb-restore/x && mkdir d.glb-restore/in d.glb-restore/out
	try 1 glb-blobs rollback d
	is old
}

@test "a second run: status 5, and the first is not hurt" {
	local verb
	pair
	mkfifo gate
	glb-blobs unpack --existing=move d <gate 2>first 3>&- &
	exec 4>gate
	head -c 6000 new.tar >&4
	awaited $! [ -d d.glb-restore/new/both ]
	for verb in rollback discard "unpack --existing=move" \
		"unpack --existing=delete" unpack; do
		# shellcheck disable=SC2086 # words are meant
		try 5 glb-blobs $verb d <new.tar 4>&-
		same "glb-blobs: d.glb-restore: another run holds the lock" \
			"$(cat err)"
	done
	is old
	tail -c +6001 new.tar >&4
	exec 4>&-
	wait $!
	is new
	nothing_left
}

@test "what is in the way of the swap comes back with it" {
	pair
	move 0 --keep-replaced
	mkdir -p d/old/deep "d/$(printf 'e/%.0s' {1..3000})"
	touch d/later
	rm -r d/both
	try 0 glb-blobs rollback d
	is old
	nothing_left
}

@test "trees of any depth are discarded with few descriptors" {
	pair
	mkdir -p "d/$(printf 'e/%.0s' {1..3000})"{a,b,1}
	touch "d/$(printf 'e/%.0s' {1..1000})f"
	move 0 --keep-replaced
	try 0 bash -c 'ulimit -n 20; ulimit -s 512; exec glb-blobs discard d'
	same "" "$(cat out err)"
	nothing_left
	is new
}

@test "--existing=delete: removed first, then unpacked; what is left merges" {
	pair
	mkdir d/tmp
	echo stay >d/tmp/f
	ln d/tmp/f d/old/f2
	mkdir src/tmp && echo new >src/tmp/g
	tar -C src -cf new.tar .
	try 0 glb-blobs unpack --existing=delete -x ./tmp d <new.tar
	same "" "$(cat out err)"
	same "both dir file link pipe tmp" "$(names d)"
	same "f g" "$(names d/tmp)"
	nothing_left
	archive 'add("a"); add("h", LNKTYPE, linkname="tmp/f")' >new.tar
	try 3 glb-blobs unpack --existing=delete -x ./tmp d <new.tar
	same "a tmp" "$(names d)"
	glb-blobs pack src >src.tar
	try 0 glb-blobs unpack --existing=delete none <src.tar
	is <(manifest src) none
	nothing_left
}

@test "GLB_STATUS_FD gets the counts of a move" {
	pair
	GLB_STATUS_FD=7 glb-blobs unpack --existing=move d 7>status <new.tar
	same "{\"bytes_in\":$(stat -c %s new.tar),\"bytes_out\":70008,\"items\":10}" \
		"$(tail -n 1 status)"
}
