#!/usr/bin/env bats
# gitlab-backup-cli backup: the whole path on the real site.
# SPDX-License-Identifier: MIT
load helper
load site

kinds="uploads builds artifacts pages lfs terraform_state registry packages
	ci_secure_files external_diffs agent_plan_content"

@test "backup all: layout, modes, sums, information; the last line is the id" {
	own_site
	try 0 gitlab-backup-cli backup all
	same "" "$(cat err)"
	id=$(tail -n 1 out)
	[[ $id =~ ^[0-9]+_[0-9]{4}_[0-9]{2}_[0-9]{2}_18\.2\.1$ ]]
	same "$id" "$(ls "$B")"
	cd "$B/$id"
	same "$(printf '%s\n' SHA256SUMS backup_information.json \
		backup_report.json db repositories \
		$(printf '%s.tar.gz ' $kinds) | sort)" "$(ls -A)"
	same "600" "$(find . -type f -printf '%m\n' | sort -u)"
	same "755" "$(stat -c %a .)"
	sha256sum --quiet -c SHA256SUMS
	same "$(find . -type f ! -name SHA256SUMS | wc -l)" "$(wc -l <SHA256SUMS)"
	glb-meta new --gitlab-version=18.2.1 --id="$id" --time="${id%%_*}" |
		cmp - backup_information.json
	same complete "$(jq -r .status backup_report.json)"
}

@test "the files are good for psql, tar, gzip and git alone" {
	own_site
	id=$(gitlab-backup-cli backup all -q | tail -n 1)
	cd "$B/$id"
	gzip -t ./*.gz db/*.gz
	for k in $kinds; do tar tzf "$k.tar.gz" >/dev/null; done
	for f in db/*.sql.gz; do
		zcat "$f" | grep -q '^-- PostgreSQL database dump complete'
	done
	git init -q --bare "$T/empty.git"
	find repositories -name '*.bundle' >"$T/bundles"
	[ -s "$T/bundles" ]
	while read -r bundle; do
		case $(head -n 2 "$bundle") in *sha256*) continue ;; esac
		git -C "$T/empty.git" bundle verify -q "$PWD/$bundle"
	done <"$T/bundles"
	same "$(find repositories/manifests -name +latest.toml | wc -l)" \
		"$(glb-repos list | wc -l)"
	[ -e "repositories/backup_ids/$id" ]
}

@test "uploads come back as they were, without tmp and lost+found" {
	own_site
	id=$(gitlab-backup-cli backup uploads -q | tail -n 1)
	mkdir back
	tar -C back -xzpf "$B/$id/uploads.tar.gz"
	manifest() {
		(cd "$1" && find . -name lost+found -prune -o \
			-path ./tmp -prune -o -printf '%P %y %m %s %l %n\0' |
			sed -z '/ d /s/ [0-9]* *[0-9]*$//' | sort -z | tr '\0' '\n')
	}
	manifest "$GITLAB_PATH/public/uploads" >"$T/want"
	manifest back >"$T/got"
	[ "$(wc -l <want)" -gt 10 ]
	diff "$T/want" "$T/got"
}

@test "the plan of --dry-run, run by hand, makes an identical backup" {
	own_site
	id=$(gitlab-backup-cli backup all -q --backup-id=one | tail -n 1)
	gitlab-backup-cli backup all --dry-run --backup-id=two >plan.sh
	same one "$(ls "$B")"
	same two "$(sh plan.sh)"
	sha256sum --quiet -c <(cd "$B/two" && sed "s,  ,  $B/two/," SHA256SUMS)
	same complete "$(jq -r .status "$B/two/backup_report.json")"
	same "$(jq -r '.jobs[] | .name + " " + .status' "$B/one/backup_report.json" | sort)" \
		"$(jq -r '.jobs[] | .name + " " + .status' "$B/two/backup_report.json" | sort)"
	# What two runs of the same plan may differ in: id, times, pg_dump's token.
	for x in one two; do
		rm "$B/$x"/{SHA256SUMS,backup_report.json,backup_information.json}
		gunzip "$B/$x"/db/*.gz
		sed -i '/^\\\(un\)\?restrict /d' "$B/$x"/db/*.sql
		find "$B/$x/repositories" -type f -name '*.toml' \
			-exec sed -i "s,/$x/,/ID/," {} +
	done
	find "$B/one" "$B/two" -depth \( -name 'one*' -o -name 'two*' \) \
		-mindepth 1 -execdir sh -c 'mv "$1" "ID${1##./???}"' - {} \;
	diff -r "$B/one" "$B/two"
}

@test "the words of the original are on stdout" {
	own_site
	try 0 gitlab-backup-cli backup db uploads
	sed -i 's/^\[....-..-.. ..:..:.. UTC\]/[T]/; s/([0-9]*s)/(Ns)/' out
	id=$(tail -n 1 out)
	printf '%s\n' "[T] ℹ️  Starting GitLab backup... ($B/.$id.partial)" \
		"[T] ℹ️  Executing Backup of Databases..." \
		"[T] ℹ️  Executing Backup of Uploads..." \
		"[T] ℹ️  Dumping PostgreSQL database gitlabhq_production ... [DONE]" \
		"[T] ℹ️  Dumping PostgreSQL database gitlabhq_production_ci ... [DONE]" \
		"[T] ✅️ Finished Backup of Databases! (Ns)" \
		"[T] ✅️ Finished Backup of Uploads! (Ns)" \
		"[T] ✅️ GitLab Backup finished: $id (Ns)" "$id" | sort >want
	sort out | diff want -
}

@test "named tasks only; --quiet prints the id alone" {
	own_site
	try 0 gitlab-backup-cli backup lfs builds --quiet --backup-id=few
	same few "$(cat out)"
	same "" "$(cat err)"
	same "SHA256SUMS backup_information.json backup_report.json builds.tar.gz lfs.tar.gz" \
		"$(ls "$B/few" | xargs)"
}

@test "--skip and SKIP: left out, named, status 4, in the report" {
	own_site
	try 4 gitlab-backup-cli backup all --skip=db,repositories,uploads \
		--backup-id=a -q
	grep -q 'Not in the backup: uploads: skipped, as was asked for' err
	[ ! -e "$B/a/uploads.tar.gz" ]
	[ ! -e "$B/a/db" ]
	same "incomplete db repositories uploads" \
		"$(jq -r '[.status, .left_out[].what] | join(" ")' "$B/a/backup_report.json")"
	SKIP=db,repositories,tar BACKUP=b CRON=1 try 4 gitlab-backup-cli backup all
	same b "$(cat out)"
	[ -e "$B/b/uploads.tar.gz" ]
	[ ! -e "$B/b/db" ]
}

@test "a misspelt task is 2 with a hint, in any place" {
	own_site
	try 2 gitlab-backup-cli backup upload
	same "gitlab-backup-cli: upload: no such task; did you mean uploads?" \
		"$(cat err)"
	try 2 gitlab-backup-cli backup all --skip=artefacts
	same "gitlab-backup-cli: artefacts: no such task; did you mean artifacts?" \
		"$(cat err)"
	try 2 gitlab-backup-cli backup ci_catalog_bundles
	same "gitlab-backup-cli: ci_catalog_bundles: GitLab 18.2.1 has no such files" \
		"$(cat err)"
	[ ! -e "$B" ]
}

@test "a backup id that exists, or is no name, is refused" {
	own_site
	gitlab-backup-cli backup lfs -q --backup-id=x
	before=$(stat -c %Y%i "$B/x" "$B/x/SHA256SUMS")
	try 1 gitlab-backup-cli backup lfs -q --backup-id=x
	grep -q "^gitlab-backup-cli: $B/x: a backup of this name exists" err
	same "$before" "$(stat -c %Y%i "$B/x" "$B/x/SHA256SUMS")"
	try 2 gitlab-backup-cli backup lfs --backup-id=../x
	same "gitlab-backup-cli: backup id ../x: starts with a dot" "$(cat err)"
}

@test "--backup-path, relative too; --jobs=1 makes the same files" {
	own_site
	try 0 gitlab-backup-cli backup all -q --jobs=1 --backup-path=here/deep \
		--backup-id=x
	(cd here/deep/x && sha256sum --quiet -c SHA256SUMS)
	try 0 gitlab-backup-cli backup all -q --backup-id=x
	diff -rq here/deep/x "$B/x" | grep -v 'SHA256SUMS\|backup_\|/db/' >differ || true
	same "" "$(cat differ)"
}

@test "one database shared by main and ci is dumped once" {
	own_site
	sed -i '/^  ci:/,/^  [a-z]*:/s/^    database: .*/&\n    database_tasks: false/' \
		"$GITLAB_PATH/config/database.yml"
	try 0 gitlab-backup-cli backup db -q --backup-id=x
	same "database.sql.gz" "$(ls "$B/x/db")"
}

@test "repository filters reach the list" {
	own_site
	try 0 gitlab-backup-cli backup repositories -q --backup-id=x --storages=storage2
	same "manifests storage2" "$(cd "$B/x/repositories" && ls -d [ms]* | xargs)"
	want=$(glb-repos list --storages=storage2 | wc -l)
	same "$want" "$(jq '.repositories | .ok + .empty + .missing' \
		"$B/x/backup_report.json")"
}

@test "--log-format=json: objects on stderr, only the id on stdout" {
	own_site
	try 0 gitlab-backup-cli backup lfs --log-format=json --backup-id=x
	same x "$(cat out)"
	jq -es 'map(select(.event == "end").job) | contains(["lfs", "sums"])' err
}

@test "two ids of the same second are two, BACKUP may be a path" {
	own_site
	now=$(date +%s)
	for s in {0..60}; do
		mkdir -p "$B/$(glb-meta new --gitlab-version=18.2.1 \
			--time=$((now + s)) | jq -r .backup_id)"
	done
	id=$(gitlab-backup-cli backup lfs -q)
	[ "${id%%_*}" -eq $((now + 61)) ]
	same "$id" "$(jq -r .backup_id "$B/$id/backup_information.json")"
	same named "$(BACKUP=/srv/x/named gitlab-backup-cli backup lfs -q)"
}

@test "list and show: states, prefixes, latest, paths" {
	own_site
	try 0 gitlab-backup-cli list
	same 1 "$(wc -l <out)"
	gitlab-backup-cli backup lfs -q --backup-id=aa1
	gitlab-backup-cli backup lfs -q --backup-id=aa2
	mkdir "$B/.aa3.partial" "$B/other"
	rm "$B/aa1/backup_report.json"
	sed -i 's/"created_at": "..../"created_at": "2001/' "$B/aa1/backup_information.json"
	same "aa1 unknown aa2 complete aa3 unfinished" \
		"$(gitlab-backup-cli list --json | jq -r '.id + " " + .state' | xargs)"
	try 0 gitlab-backup-cli show latest
	grep -qx 'Backup:         aa2' out
	try 0 gitlab-backup-cli show aa1 --json
	same null "$(jq .report out)"
	try 0 gitlab-backup-cli show "$B/aa2"
	try 1 gitlab-backup-cli show aa
	same "gitlab-backup-cli: aa: 2 backups in $B start so" "$(cat err)"
	try 1 gitlab-backup-cli show ''
	try 1 gitlab-backup-cli list --backup-path="$T/none"
	same "gitlab-backup-cli: $T/none: No such file or directory" "$(cat err)"
	GITLAB_PATH=/none try 0 gitlab-backup-cli show "$B/aa2"
	try 1 gitlab-backup-cli show aa3
	same "gitlab-backup-cli: aa3: no such backup in $B" "$(cat err)"
}
