#!/usr/bin/env bats
# glb-meta: information, durable files, sums.
# SPDX-License-Identifier: MIT
load helper

put() { # SIZE: a file of that size, put and compared
	bytes "$1" in
	glb-meta put . sub/file <in >line
	cmp in sub/file
	(cd . && sha256sum -c --quiet line)
	glb-meta sum . --known=/dev/null >all
	glb-meta put . SHA256SUMS <all >/dev/null
	glb-meta get . sub/file >back
	cmp in back
	rm -rf sub SHA256SUMS all in back line
}

@test "new: the bytes of the original, UTC, no newline at the end" {
	glb-meta new --gitlab-version=17.0.0-pre --time=1714053314 >info
	printf '%s\n' '{' '  "metadata_version": 2,' \
		'  "backup_id": "1714053314_2024_04_25_17.0.0-pre",' \
		'  "created_at": "2024-04-25T13:55:14Z",' \
		'  "gitlab_version": "17.0.0-pre"' >want
	printf '}' >>want
	cmp want info
}

@test "new: the id that was asked for; one that is no name: 2" {
	glb-meta new --gitlab-version=1 --id=night | jq -e '.backup_id == "night"'
	for id in '' .x a/b $'a\nb' "$(printf %0250d 0)"; do
		try 2 glb-meta new --gitlab-version=1 --id="$id"
		[ ! -s out ]
		grep -q '^glb-meta: id ' err
	done
}

@test "new without a version: 2 and nothing printed" {
	try 2 glb-meta new
	same "glb-meta: new: --gitlab-version is needed" "$(cat err)"
	[ ! -s out ]
}

@test "put and get: round trip at the sizes around a block" {
	for n in 0 1 65535 65536 65537 300000; do
		put $n
	done
}

@test "put: mode 0600 or the one asked for, whatever the umask" {
	(umask 077 && glb-meta put --mode=0640 . a </dev/null)
	(umask 000 && glb-meta put . b </dev/null)
	same "640 600" "$(stat -c %a a b | xargs)"
	try 2 glb-meta put --mode=0999 . c </dev/null
	try 2 glb-meta put --mode=4755 . c </dev/null
	[ ! -e c ]
}

@test "put: an existing file is replaced, nothing else is left" {
	echo old | glb-meta put . f >/dev/null
	echo new | glb-meta put . f >/dev/null
	same new "$(cat f)"
	same ". f" "$(find . ! -name out ! -name err | sort | sed 's,^./,,' | xargs)"
}

@test "put: names that lead elsewhere are refused with 2" {
	for name in '' . .. /x ../x a/../b a//b a/ ./a; do
		try 2 glb-meta put . "$name" </dev/null
		same "glb-meta: put: $name: not the name of a file of a backup" \
			"$(cat err)"
	done
}

@test "put: a full disk is one message, status 1, and nothing stays" {
	full=/dev/shm/glb-full.$$
	mkdir "$full"
	# A limit on the file's size fails write(2) just as a full disk does.
	bytes 200000 in
	(
		trap '' XFSZ
		ulimit -f 100
		try 1 glb-meta put "$full" f <in
	)
	same "glb-meta: put $full/f: File too large" "$(cat err)"
	same "" "$(ls -A "$full")"
	[ ! -s out ]
	rmdir "$full"
}

@test "put into a directory that is not there: 1, named" {
	try 1 glb-meta put none f </dev/null
	same "glb-meta: none: No such file or directory" "$(cat err)"
}

@test "put with stdin closed: 1, nothing stored" {
	try 1 glb-meta put . f <&-
	same "glb-meta: put ./f: standard input: Bad file descriptor" "$(cat err)"
	[ ! -e f ]
}

@test "put with stdout closed or full: 1" {
	try 1 bash -c 'glb-meta put . f </dev/null >&-'
	try 1 bash -c 'glb-meta put . f </dev/null >/dev/full'
}

@test "killed while it writes, put leaves no file" {
	mkfifo pipe
	glb-meta put . f <pipe 3>&- &
	pid=$!
	exec 4>pipe
	echo half >&4
	until [ "$(cat /proc/$pid/io | sed -n 's/^wchar: //p')" -gt 0 ]; do :; done
	kill -KILL $pid
	wait $pid || true
	exec 4>&-
	same ". pipe" "$(find . | sort | sed 's,^./,,' | xargs)"
}

@test "get: a flipped byte, a cut or a missing file is 3" {
	bytes 70000 f
	glb-meta sum . | glb-meta put . SHA256SUMS >/dev/null
	try 0 glb-meta get . f
	printf X | dd of=f bs=1 seek=69000 conv=notrunc status=none
	try 3 glb-meta get . f
	grep -q "^glb-meta: get ./f: SHA-256 is $(sha256sum f | cut -c1-64), not " err
	truncate -s 100 f
	try 3 glb-meta get . f
	rm f
	try 3 glb-meta get . f
	same "glb-meta: get ./f: No such file or directory" "$(cat err)"
}

@test "get: a name that has no sum is 3; without any sums it warns" {
	echo x >f
	try 0 glb-meta get . f
	same "glb-meta: .: no SHA256SUMS: f is not checked" "$(cat err)"
	same x "$(cat out)"
	: >SHA256SUMS
	try 3 glb-meta get . f
	same "glb-meta: get ./f: not in SHA256SUMS" "$(cat err)"
}

@test "get: a reader gone early ends it by SIGPIPE; a full disk is 1" {
	bytes 300000 f
	glb-meta sum . | glb-meta put . SHA256SUMS >/dev/null
	try 141 bash -c 'set -o pipefail; glb-meta get . f | head -c 1'
	try 1 bash -c 'glb-meta get . f >/dev/full'
	grep -q '^glb-meta: get ./f: standard output: No space left' err
}

@test "sum: what sha256sum -c reads, sorted, odd names, without dot files" {
	mkdir -p d/e .work
	echo 1 >"d/e/a b"
	echo 2 >$'d/new\nline'
	echo 3 >'d/back\slash'
	echo 4 >.work/x
	echo 5 >d/.inside
	glb-meta sum . | grep -v '  out$\|  err$' >.sums
	sha256sum -c --quiet .sums
	same "$(sha256sum d/.inside 'd/back\slash' 'd/e/a b' $'d/new\nline')" \
		"$(cat .sums)"
}

@test "sum into a full disk, or a closed stdout: the reason, 1" {
	for i in {1..100}; do : >"a long enough name for a file $i"; done
	try 1 bash -c 'glb-meta sum . >/dev/full'
	same "glb-meta: standard output: No space left on device" "$(cat err)"
	try 1 bash -c 'glb-meta sum . >&-'
	same "glb-meta: standard output: Bad file descriptor" "$(cat err)"
}

@test "sum --known: listed files are not read again, listed names stay" {
	echo 1 >a
	echo 2 >b
	zeros=$(printf %064d 0)
	echo "$zeros  a" >.known
	glb-meta sum --known=.known . >.sums
	grep -qx "$zeros  a" .sums
	grep -qx "$(sha256sum b)" .sums
	echo nonsense >.known
	try 3 glb-meta sum --known=.known .
	same "glb-meta: .known: not a line of sums: nonsense" "$(cat err)"
}

@test "sum --base: what is the same there, by name, size and time, is not read" {
	mkdir -p one/d two/d
	for f in same d/same size time new name; do echo 1 | tee one/$f >two/$f; done
	find one two -type f -exec touch -d @1 {} +
	echo 22 >two/size
	touch -d @1 two/size
	touch -d @1.5 two/time
	zeros=$(printf %064d 0)
	(cd one && glb-meta sum . >.sums && grep -v ' new$' .sums |
		sed "s/^[0-9a-f]*/$zeros/" >SHA256SUMS)
	mv two/name two/name2
	glb-meta sum --base=one two >.sums
	same "d/same same" "$(sed -n "s/^$zeros  //p" .sums | xargs)"
	(cd two && grep -v "^$zeros" ../.sums | sha256sum -c --quiet)
	same 6 "$(wc -l <.sums)"
	rm one/SHA256SUMS
	glb-meta sum --base=one two >.sums
	(cd two && sha256sum -c --quiet ../.sums)
	try 1 glb-meta sum --base=none two
	same "glb-meta: none: No such file or directory" "$(cat err)"
}

@test "sum: a link or a fifo in a backup is named, 1" {
	mkdir d
	mkfifo d/pipe
	try 1 glb-meta sum d
	same "glb-meta: d/pipe: neither a file nor a directory" "$(cat err)"
	rm d/pipe
	ln -s /etc/passwd d/link
	try 1 glb-meta sum d
	grep -q '^glb-meta: d/link: ' err
}

@test "show: the original's local time is read; damage is 3" {
	printf '%s' '{"metadata_version": 2, "backup_id": "1_x", ' \
		'"created_at": "2026-11-23T21:31:14+09:00", ' \
		'"gitlab_version": "18.0.2", "more": "y"}' \
		>backup_information.json
	try 0 glb-meta show .
	grep -qx 'Created:        2026-11-23T21:31:14+09:00' out
	glb-meta show --json . | jq -e '.backup_id == "1_x" and .report == null'
	for bad in '' '[]' '{' '{}' '{"backup_id": 3'; do
		printf '%s' "$bad" >backup_information.json
		try 3 glb-meta show .
		grep -q '^glb-meta: ./backup_information.json: ' err
	done
	rm backup_information.json
	try 3 glb-meta show .
}

@test "wrong options leave stdout empty and end with 2" {
	for args in '' 'bogus x' 'put .' 'put . a b' 'show . --known=x' \
		'new --time=x' 'verify . --base=x' 'put --bogus . a' 'sum'; do
		# shellcheck disable=SC2086 # the words are meant to be split
		try 2 glb-meta $args </dev/null
		[ ! -s out ]
		[ -s err ]
	done
}
