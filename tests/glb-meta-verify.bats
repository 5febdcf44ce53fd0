#!/usr/bin/env bats
# glb-meta verify: what it looks at, and what it says.
# SPDX-License-Identifier: MIT
load helper
load damage
load small

note="b/ID: no SHA256SUMS: not every change can be found"

@test "without sums and report: a note, status 0, damage is still found" {
	small
	says 0 "$note"
	grep -qx 'uploads.tar.gz  *gzip tar  *ok' out
	grep -qx 'db/database.sql.gz  *gzip sql  *ok' out
	try 0 glb-meta verify --quick b/ID
	for file in b/ID/db/database.sql.gz b/ID/uploads.tar.gz; do
		size=$(stat -c %s "$file")
		cp "$file" kept
		for at in $((size / 2)) $((size - 8)) $((size - 1)); do
			flip "$file" "$at"
			try 3 glb-meta verify b/ID
			cp kept "$file"
		done
	done
	rm b/ID/backup_information.json
	try 3 glb-meta verify --quick b/ID
}

@test "without sums a file that no backup has is not judged: 4" {
	small
	echo x >b/ID/x
	says 4 "$note" "x: not a file that a backup is known to have"
	grep -qx 'x  *name  *unchecked' out
}

@test "a report without sums: the sums were lost, 3" {
	small
	sums
	rm b/ID/SHA256SUMS
	says 3 "SHA256SUMS: missing"
	grep -qx 'SHA256SUMS  *name  *damaged' out
}

@test "a copy under another name is told of, and sound" {
	small
	sums
	try 0 glb-meta verify b/ID
	same "" "$(cat err)"
	mv b/ID b/copy
	try 0 glb-meta verify b/copy
	same "glb-meta: b/copy: is the backup ID under another name" "$(cat err)"
}

@test "a dump must end with pg_dump's closing comment" {
	small
	printf 'x\n%s\n\\unrestrict abc\n\n' "$end" | packed db/database.sql.gz
	says 0 "$note"
	for text in '' 'SELECT 1;' "${end%?????}" "x$end"; do
		printf '%s' "$text" | packed db/database.sql.gz
		says 3 "$note" "db/database.sql.gz: it ends without \
pg_dump's closing comment"
	done
	printf '\n%s\nSELECT 2;\n' "$end" | packed db/database.sql.gz
	says 3 "$note" \
		"db/database.sql.gz: more behind pg_dump's closing comment"
	bytes 200000 big
	cat big <(printf '\n%s' "$end") | packed db/database.sql.gz
	says 0 "$note"
}

@test "an archive must be whole to its end" {
	local at blocks="ends without its two blocks of zeros" why
	small
	glb-blobs pack tree >tar
	for at in "0:$blocks" "512:$blocks" "700:$blocks" \
		"3000:ends within a member"; do
		why=${at#*:}
		head -c "${at%%:*}" tar | packed uploads.tar.gz
		says 3 "$note" "uploads.tar.gz: $why"
	done
	{ cat tar && head -c 512 tar; } | packed uploads.tar.gz
	says 3 "$note" "uploads.tar.gz: more behind its end"
	cp tar bad
	flip bad 3
	packed uploads.tar.gz <bad
	says 3 "$note" "uploads.tar.gz: a header's checksum does not hold"
	{ cat tar && printf x; } | packed uploads.tar.gz
	says 3 "$note" "uploads.tar.gz: ends within a block"
}

@test "archives of GNU tar in every format are sound, but for sparse files" {
	small
	name=$(printf 'n%.0s' {1..120})
	mkdir -p "tree/$name"
	touch "tree/$name/$name"
	ln "tree/sub/file" tree/hard
	ln -s "$name" tree/soft
	truncate -s 9G tree/hole
	for at in 1 3 5 7 9 11 13 15; do
		echo x | dd of=tree/hole bs=1 seek=$((at * 10000000)) \
			conv=notrunc status=none
	done
	for format in gnu pax; do
		tar -C tree --exclude=hole --format=$format -cf - . |
			packed uploads.tar.gz
		says 0 "$note"
	done
	# No restore takes these, and no backup of GitLab makes them.
	tar -C tree --format=gnu -cSf - . | packed uploads.tar.gz
	says 3 "$note" \
		"uploads.tar.gz: a member of a type that is not understood"
	tar -C tree --format=pax -cSf - . | packed uploads.tar.gz
	says 3 "$note" \
		"uploads.tar.gz: a sparse file, which is not understood"
	rm -r "tree/hole" tree/soft "tree/$name"
	for format in v7 ustar oldgnu; do
		tar -C tree --format=$format -cf - . | packed uploads.tar.gz
		says 0 "$note"
	done
	tar -cf - -T /dev/null | packed uploads.tar.gz
	says 0 "$note"
}

@test "what unpack refuses is found: names, devices, links, types" {
	local member
	load blobs
	small
	for member in 'a name with ".." in it:"../a"' \
		'an absolute name:"/a"' 'a device:"a", CHRTYPE' \
		'a symbolic link to nothing:"a", SYMTYPE' \
		'a member of a type that is not understood:"a", b"Z"' \
		'a name that restores keep for themselves:".//.glb-restore/x"' \
		"an owner's id that is too high:\"a\", uid=4294967295" \
		'a hard link to what is no file of this archive:"a", LNKTYPE, linkname="../b"'; do
		archive "add(${member#*:})" | packed uploads.tar.gz
		says 3 "$note" "uploads.tar.gz: ${member%%:\"*}"
		archive "add(${member#*:})" >in.tar
		try 3 glb-blobs unpack x <in.tar
		grep -q ": ${member%%:\"*}\$" err
	done
}

@test "lines of sums that only look right are damage" {
	small
	touch b/ID/$'new\nline'
	sums
	try 0 glb-meta verify b/ID
	while IFS= read -r script; do
		sed "$script" sums >b/ID/SHA256SUMS
		run cmp -s sums b/ID/SHA256SUMS
		[ "$status" -eq 1 ]
		try 3 glb-meta verify --quick b/ID
		grep -qx 'SHA256SUMS  *lines  *damaged' out
	done <<-'END'
		2s/  / */
		2s/^/\\/
		2s/^./G/
		2h;2G
		1{h;d};2G
		2s/$/\r/
		$s/$/\n/
		2s,  ,  ./,
		2s,  .*,  ../x,
	END
	head -c -1 sums >b/ID/SHA256SUMS
	try 3 glb-meta verify --quick b/ID
	: >b/ID/SHA256SUMS
	try 3 glb-meta verify --quick b/ID
}

@test "--quick compares sizes with the report's" {
	small
	echo '{"status":"complete","jobs":[{"name":"uploads","bytes_out":7},
		{"name":"db.main","bytes_out":8}]}' >b/ID/backup_report.json
	glb-meta sum b/ID >b/ID/SHA256SUMS
	try 3 glb-meta verify --quick b/ID
	for f in db/database.sql.gz uploads.tar.gz; do
		grep -qx "glb-meta: $f: not the size that the report tells" err
	done
	same 2 "$(grep -c ' damaged$' out)"
}

@test "what cannot be read or checked is status 1, not damage" {
	small
	sums
	mkdir bin
	printf '#!/bin/sh\necho glb-gzip: broken >&2\nexit 1\n' >bin/glb-gzip
	chmod 755 bin/glb-gzip
	PATH=$T/bin:$PATH try 1 glb-meta verify b/ID
	grep -qx 'uploads.tar.gz  *sha256 gzip tar  *unreadable' out
	grep -qx 'glb-meta: uploads.tar.gz: broken' err
	try 1 glb-meta verify none
	same "glb-meta: none: No such file or directory" "$(cat err)"
}

@test "no repositories, or not readable ones, are told of by glb-repos" {
	small
	mkdir -p b/ID/repositories/manifests/default/a.git
	echo x >b/ID/repositories/manifests/default/a.git/ID.toml
	sums
	says 3 "repositories/default/a.git: \
manifests/default/a.git/ID.toml: line 1: no = behind a key"
	rm -r b/ID/repositories/manifests
	# A layout without storages.
	mkdir -p b/ID/repositories/group/a
	echo x >b/ID/repositories/group/a/LATEST
	sums
	says 3 "repositories/group/a.git: group/a/x/LATEST: missing"
}

@test "a full disk or a closed stdout: 1; a wrong command line: 2" {
	small
	sums
	try 1 bash -c 'glb-meta verify b/ID >/dev/full'
	try 1 bash -c 'glb-meta verify b/ID >&-'
	try 2 glb-meta verify
	try 2 glb-meta verify --known=x b/ID
	[ ! -s out ]
}
