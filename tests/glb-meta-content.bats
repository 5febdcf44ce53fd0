#!/usr/bin/env bats
# glb-meta: how big the contents of archives and dumps are, for a restore.
# SPDX-License-Identifier: MIT
load helper
load site
load damage
load small

# contents: what show tells of them, a line a file.
contents() {
	glb-meta show --json "${1-b/ID}" | jq -r '.contents[] | "\(.file) \(.bytes) \(
		.content_bytes) \(.content_bytes_exact)"'
}

# line FILE EXACT [CONTENT]: what contents has to tell of it.
line() {
	echo "$1 $(stat -c %s "b/ID/$1") ${3-$(gzip -cd "b/ID/$1" | wc -c)} $2"
}

# least FILE: what is told where only the trailer and the size are known.
least() {
	local n size
	n=$(gzip -cd "b/ID/$1" | wc -c)
	size=$(stat -c %s "b/ID/$1")
	echo $((n > size ? n : size))
}

@test "verify --json: what was read has its length uncompressed, if sound" {
	local file
	small
	bytes 200000 tree/more
	glb-blobs pack tree | packed pages.tar.gz
	echo x >b/ID/x
	for file in without with; do
		[ $file = without ] || sums
		try $([ $file = with ] && echo 0 || echo 4) glb-meta verify --json b/ID
		same "$(for f in db/database.sql.gz {pages,uploads}.tar.gz; do
			echo "$f $(gzip -cd "b/ID/$f" | wc -c)"
		done)" "$(jq -r 'select(.content_bytes) | "\(.file) \(.content_bytes)"' out |
			sort)"
	done
	flip b/ID/uploads.tar.gz 2000
	try 3 glb-meta verify --json --only=uploads b/ID
	jq -es 'map(select(.content_bytes)) == []' out
	try 0 glb-meta verify --json --quick b/ID
	jq -es 'map(select(.content_bytes)) == []' out
}

@test "a backup's report tells the lengths, and show that they are exact" {
	own_site
	ID=$(gitlab-backup-cli backup db uploads pages -q)
	mkdir b
	mv "$B/$ID" b/ID
	same "$(line pages.tar.gz true
		line uploads.tar.gz true
		line db/ci_database.sql.gz true
		line db/database.sql.gz true)" "$(contents)"
	same 4 "$(jq '.jobs | map(select(.content_bytes)) | length' \
		b/ID/backup_report.json)"
	same "$(glb-meta show --json "$T/b/ID")" \
		"$(gitlab-backup-cli show --json "$T/b/ID")"
	cp b/ID/pages.tar.gz b/ID/uploads.tar.gz
	contents | grep -qx "$(line uploads.tar.gz false)"
}

@test "without a report gzip's trailer tells a lower bound" {
	small
	same "$(line uploads.tar.gz false && line db/database.sql.gz false "$(least db/database.sql.gz)")" \
		"$(contents)"
	# 4 GiB more than the trailer can say: at least the file's own size.
	head -c 100000 /dev/urandom >b/ID/uploads.tar.gz
	printf '\5\0\0\0' >>b/ID/uploads.tar.gz
	contents | grep -qx "$(line uploads.tar.gz false 100004)"
	printf '\5\0\2\200' >>b/ID/uploads.tar.gz
	contents | grep -qx "$(line uploads.tar.gz false 2147614725)"
}

@test "files that are none, or too short, or not ours do not mislead show" {
	small
	echo '{"status":"complete","jobs":[{"name":"uploads","bytes_out":3,
		"content_bytes":9},{"name":"db.main","content_bytes":"x"},7,
		{"name":"x","bytes_out":3,"content_bytes":-5}]}' \
		>b/ID/backup_report.json
	printf abc >b/ID/uploads.tar.gz
	printf abc >b/ID/x.tar.gz
	mkdir b/ID/dir.tar.gz
	mkfifo b/ID/fifo.tar.gz
	ln -s uploads.tar.gz b/ID/link.tar.gz
	touch b/ID/db/{x,tar.gz} b/ID/empty.tar.gz
	same "empty.tar.gz 0 0 false
uploads.tar.gz 3 9 true
x.tar.gz 3 3 false
$(line db/database.sql.gz false "$(least db/database.sql.gz)")" "$(contents)"
	rm -r b/ID/{db,*.tar.gz}
	same '[]' "$(glb-meta show --json b/ID | jq -c .contents)"
}
