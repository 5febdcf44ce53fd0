#!/usr/bin/env bats
# A backup restored by others' programs, and the original's backup by ours: the
# site is afterwards what it was.
# SPDX-License-Identifier: MIT
load helper
load state
load damage

original=$BATS_TEST_DIRNAME/fakes/original-backup

teardown_file() {
	drop_databases trip
	drop_databases fresh
}

# each_kind COMMAND: calls it with the name and the directory of each kind.
each_kind() {
	local what name place
	while IFS=$'\t' read -r what name place _; do
		[ "$what" != kind ] || "$1" "$name" "$place"
	done < <("$BATS_TEST_DIRNAME/../scripts/sample/places" "$GITLAB_PATH")
}

# fresh_databases: as GitLab makes them, extensions belong to the superuser.
fresh_databases() {
	local db
	for db in main ci; do
		database fresh_$db template0
		sql fresh_$db 'CREATE EXTENSION pg_trgm' 'CREATE EXTENSION btree_gist'
	done
	use_databases fresh
}

# The original's commands.  Root's tar preserves permissions without being told.
psql_restore() { # FILE DATABASE
	gzip -cd "$BK/db/$1" | $SAMPLE_AS psql -h "$SAMPLE_PGHOST" \
		-p "$SAMPLE_PGPORT" -U "$SAMPLE_PGUSER" "$2" >psql.out 2>psql.err
	# There are some, and all are of the three harmless sorts.
	grep -q 'must be owner of extension pg_trgm' psql.err
	run ! grep -vE 'WARNING:|does not exist$|must be owner of' psql.err
}
tar_restore() { # NAME DIR
	[ -e "$BK/$1.tar.gz" ] || return 0
	mkdir -p "$2"
	echo stale >"$2/stale"
	gzip -cd "$BK/$1.tar.gz" | tar --unlink-first --recursive-unlink -p \
		--directory="$(realpath "$2")" --extract --file=-
}

# git_restore MANIFEST: what a person would do with git alone.
git_restore() {
	local rel=${1#"$BK/repositories/manifests/"} at files head
	rel=${rel%/*} at=$T/repositories/${rel} files=$BK/repositories/$rel/$ID/001
	grep -qx 'non_existent = false' "$1" || return 0
	git init -q --bare --template= --object-format="$(sed -n \
		"s/^object_format = '\(.*\)'/\1/p" "$1")" "$at"
	if [ -s "$files.refs" ]; then
		git -C "$at" fetch -q --no-write-fetch-head "$files.bundle" \
			'+refs/*:refs/*'
		git -C "$at" show-ref | cmp - <(grep -v ' HEAD$' "$files.refs")
	fi
	head=$(sed -n "s/^head_reference = ['\"]\(.*\)['\"]\$/\1/p" "$1")
	if [ -n "$head" ]; then
		git -C "$at" symbolic-ref HEAD "${head//\\/}"
	else
		git -C "$at" update-ref --no-deref HEAD \
			"$(sed -n 's/ HEAD$//p' "$files.refs")"
	fi
	[ ! -e "$files.custom_hooks.tar" ] ||
		tar -C "$at" -xpf "$files.custom_hooks.tar"
}

# but_tops: the original's tar leaves the top of each kind as it finds it.
but_tops() { grep -vE '^[a-z_]+ \. d '; }

@test "our backup, restored by psql, gzip, GNU tar and git: the same site" {
	own_site
	state --backup-view | but_tops >before
	ID=$(gitlab-backup-cli backup all -q)
	BK=$T/bk
	mv "$B/$ID" bk
	(cd bk && sha256sum --quiet -c SHA256SUMS)
	mkdir new
	cp -a gitlab/{VERSION,config} new
	rm -r gitlab
	mv new gitlab
	sed -i "s,$SAMPLE_REPOSITORIES,$T/repositories," gitlab/config/gitlab.yml
	fresh_databases
	psql_restore database.sql.gz fresh_main
	psql_restore ci_database.sql.gz fresh_ci
	mkdir -p repositories/{default,storage2}
	while IFS= read -r manifest; do
		git_restore "$manifest"
	done < <(find "$BK/repositories/manifests" -name "$ID.toml" | sort)
	[ "$(id -u)" -ne 0 ] || chown -R "$SAMPLE_USER:" repositories
	open_test
	each_kind tar_restore
	state --backup-view | but_tops >after
	diff before after
}

# what_it_has: without the kinds and the repository that the original forgets.
what_it_has() {
	grep -vE '^(external_diffs|agent_plan_content) |^repository [^ ]+ group-5/'
}

@test "the original's backup is verified, listed and shown" {
	own_site
	ID=$("$original" "$GITLAB_PATH" "$B")
	BK=$B/$ID
	same "{
  \"metadata_version\": 2,
  \"backup_id\": \"$ID\",
  \"created_at\": \"$(date -d "@${ID%%_*}" +%FT%T%:z)\",
  \"gitlab_version\": \"18.2.1\"
}x" "$(cat "$BK/backup_information.json" && echo x)"
	same "$ID" "$(ls "$B")"
	same 600 "$(find "$BK" -name '*.gz' -printf '%m\n' | sort -u)"
	same 1f8b0800000000000403 "$(head -qc 10 "$BK"/{.,db}/*.gz |
		od -An -v -tx1 -w10 | tr -d " " | sort -u)"
	try 0 gitlab-backup-cli verify "$ID"
	same "glb-meta: $BK: no SHA256SUMS: not every change can be found" "$(cat err)"
	same 14 "$(grep -c ' ok$' <(grep -v '^repositories/' out))"
	try 0 gitlab-backup-cli list --json
	jq -e ".id == \"$ID\" and .state == \"unknown\" and
		.gitlab_version == \"18.2.1\"" out
	try 0 gitlab-backup-cli show "$ID"
	grep -qx 'Report:  *none' out
	cut_at "$BK/uploads.tar.gz" 300000
	try 3 gitlab-backup-cli verify "$ID"
}

@test "the original fails at a damaged repository, and leaves its work" {
	own_repositories
	find "$T"/repositories/storage2/@hashed/79 -name '*.pack' -delete
	find "$T"/repositories/storage2/@hashed/79 -path '*objects/??/*' -delete
	try 1 "$original" "$GITLAB_PATH" "$B"
	same '' "$(cat out)"
	[[ $(ls "$B") =~ ^backup[0-9]{8}-[0-9]+-[A-Za-z0-9]{6}$ ]]
}

@test "the original's backup, restored by our filters: the same site" {
	own_repositories
	own_databases trip
	state --backup-view --seconds | what_it_has >before
	ID=$("$original" "$GITLAB_PATH" "$B")
	BK=$B/$ID
	sample_site wreck "$SITE" 2>log
	glb-gzip -d <"$BK/db/database.sql.gz" | glb-dbdump load main
	glb-gzip -d <"$BK/db/ci_database.sql.gz" | glb-dbdump load ci
	glb-repos list >list
	# The original makes paths from ids, and so misses what is elsewhere.
	try 4 glb-repos restore "$BK/repositories" <list
	same "glb-repos: default/group-5/project-9.git: no backup
glb-repos: default/group-5/project-9.wiki.git: no backup" \
		"$(grep -v 'holds what was replaced' err | sort)"
	grep -v /project-9 list >known
	try 0 glb-repos restore --remove-all=default,storage2 "$BK/repositories" <known
	unpack() ( # NAME DIR
		umask 0 # which counts unless we are root
		[ -e "$BK/$1.tar.gz" ] || exit 0
		rm -rf "$2"
		glb-gzip -d <"$BK/$1.tar.gz" | glb-blobs unpack "$2"
	)
	each_kind unpack
	state --backup-view --seconds | what_it_has >after
	diff before after
}
