#!/usr/bin/env bats
# glb-meta verify --only: what it looks at, and what it does not.
# SPDX-License-Identifier: MIT
load helper
load damage
load small

# parts: a backup of two dumps, two archives and a tree, with sums, in kept;
# each test has a copy in b.
parts() {
	small
	cp b/ID/db/{,ci_}database.sql.gz
	cp b/ID/{uploads,pages}.tar.gz
	mkdir -p b/ID/repositories/{backup_ids,default/a.git/ID} \
		b/ID/repositories/manifests/default/a.git
	touch b/ID/repositories/{backup_ids/ID,default/a.git/ID/001.refs}
	cat >b/ID/repositories/manifests/default/a.git/ID.toml <<-'END'
		empty = true
		non_existent = false
		object_format = 'sha1'
		head_reference = 'refs/heads/main'

		[[steps]]
		ref_path = 'default/a.git/ID/001.refs'
	END
	cp b/ID/repositories/manifests/default/a.git/{ID,+latest}.toml
	sums
	rm -rf kept
	cp -a b kept
}

# only CODE PART FILE...: verify ends so, and these are what it tells of.
only() {
	try "$1" glb-meta verify --json --only="$2" b/ID
	same "$(printf '%s\n' "${@:3}" | sort)" \
		"$(jq -r 'select(.file) | .file' out | sort)"
	jq -es --arg only "$2" '.[-1].only == ($only / ",")' out
}

always=(SHA256SUMS backup_information.json backup_report.json)
tree=(repositories repositories/{backup_ids/ID,default/a.git/ID/001.refs}
	repositories/manifests/default/a.git/{ID,+latest}.toml)

@test "information, report, sums, and what is named are read" {
	parts
	only 0 db "${always[@]}" db/{,ci_}database.sql.gz
	same "sha256 gzip sql" "$(jq -r 'select(.file == "db/database.sql.gz").checked' out)"
	same "sha256" "$(jq -r 'select(.file == "backup_report.json").checked' out)"
	only 0 uploads "${always[@]}" uploads.tar.gz
	only 0 repositories "${always[@]}" "${tree[@]}"
	jq -es '.[-1] | .repositories == 1 and .files == 7' out
	only 0 uploads,db "${always[@]}" uploads.tar.gz db/{,ci_}database.sql.gz
	try 0 glb-meta verify --only=db --only=pages b/ID
	grep -qxE '6 files, .*: all ok; looked only at db, pages' out
	try 0 glb-meta verify --quick --only=db b/ID
	grep -qxE '5 files, .*: all ok at a quick look; looked only at db' out
	try 0 glb-meta verify b/ID
	run ! grep -q 'looked only' out
	try 0 glb-meta verify --json b/ID
	jq -es '.[-1] | has("only") | not' out
}

# others NAME: the parts of the backup but that one.
others() {
	printf '%s\n' db uploads pages repositories | grep -vx "$1" | paste -sd,
}

@test "damage and loss of a file count where it is named, and only there" {
	local part file way
	parts
	while read -r part file; do
		for way in 'flip 20' append remove directory; do
			# shellcheck disable=SC2086 # words of the way
			damage "b/ID/$file" $way
			try 3 glb-meta verify --only="$part" b/ID
			grep -q "^glb-meta: .*${file##*/}" err
			try 0 glb-meta verify --only="$(others "$part")" b/ID
			same '' "$(cat err)"
			rm -r b
			cp -a kept b
		done
	done <<-'END'
		db db/ci_database.sql.gz
		uploads uploads.tar.gz
		repositories repositories/manifests/default/a.git/ID.toml
	END
}

@test "a file too many counts in its part; one of no part always does" {
	local file part
	parts
	for file in db/x repositories/x builds.tar.gz; do
		cp b/ID/uploads.tar.gz "b/ID/$file"
		part=${file%/x}
		try 3 glb-meta verify --quick --only="${part%.tar.gz}" b/ID
		same "glb-meta: $file: not in SHA256SUMS" "$(cat err)"
		try 0 glb-meta verify --only=pages b/ID
		rm "b/ID/$file"
	done
	mkdir b/ID/other
	for file in x other/uploads.tar.gz; do
		echo >"b/ID/$file"
		try 3 glb-meta verify --only=pages b/ID
		same "glb-meta: $file: not in SHA256SUMS" "$(cat err)"
		rm "b/ID/$file"
	done
}

@test "of what belongs to no part the name is compared, not the contents" {
	small
	echo x >b/ID/x
	sums
	echo y >b/ID/x
	try 0 glb-meta verify --only=db b/ID
	grep -qx 'x  *name  *ok' out
	try 3 glb-meta verify b/ID
	rm b/ID/x
	try 3 glb-meta verify --only=db b/ID
	same "glb-meta: x: missing" "$(cat err)"
}

@test "wrong sizes count in a named part only" {
	small
	echo '{"status":"complete","jobs":[{"name":"uploads","bytes_out":7}]}' \
		>b/ID/backup_report.json
	glb-meta sum b/ID >b/ID/SHA256SUMS
	try 3 glb-meta verify --only=uploads --quick b/ID
	same "glb-meta: uploads.tar.gz: not the size that the report tells" \
		"$(cat err)"
	try 0 glb-meta verify --only=db --quick b/ID
}

@test "information, report and every line of the sums count for any part" {
	local file
	parts
	for file in backup_information.json backup_report.json; do
		flip "b/ID/$file" 12
		try 3 glb-meta verify --only=db b/ID
		rm "b/ID/$file"
		try 3 glb-meta verify --only=db --quick b/ID
		cp kept/ID/"$file" b/ID
	done
	sed 's,  uploads, *uploads,' sums >b/ID/SHA256SUMS
	try 3 glb-meta verify --only=db b/ID
	grep -qx 'SHA256SUMS  *lines  *damaged' out
}

@test "a part that the backup does not have: 1, or 3 if the sums list it" {
	parts
	try 1 glb-meta verify --only=builds,db b/ID
	same "glb-meta: builds: the backup does not have it" "$(cat err)"
	grep -qx 'builds  *name  *absent' out
	grep -qxE '5 files, .*: 5 ok, .* 0 unchecked, 1 absent; looked only at builds, db' out
	try 1 glb-meta verify --json --quick --only=builds b/ID
	jq -es '.[-1] | .absent == 1 and .status == 1 and .damaged == 0' out
	rm b/ID/uploads.tar.gz
	try 3 glb-meta verify --only=uploads b/ID
	try 1 glb-meta verify --only=uploads,builds b/ID
	same "glb-meta: builds: the backup does not have it
glb-meta: uploads.tar.gz: missing" "$(sort err)"
	rm b/ID/{SHA256SUMS,backup_report.json}
	rm -r b/ID/{db,repositories/*}
	mkdir b/ID/db
	try 1 glb-meta verify --only=db b/ID
	try 0 glb-meta verify --only=repositories b/ID
}

@test "what is no name of a part: 2, nothing is looked at" {
	local word
	small
	for word in db/database uploads.tar.gz ../b .hidden 'a b'; do
		try 2 glb-meta verify --only="db,$word" b/ID
		same "glb-meta: --only: $word: not db, repositories, or the name of \
an archive without .tar.gz" "$(cat err)"
		[ ! -s out ]
	done
}
