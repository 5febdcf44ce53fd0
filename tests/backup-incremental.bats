#!/usr/bin/env bats
# gitlab-backup-cli backup --incremental: each backup is whole, and shares what
# did not change with the one before.
# SPDX-License-Identifier: MIT
load helper
load repositories

setup_file() { chain_setup; }

@test "each backup of a chain is verified and restored as it was" {
	chain
	for x in b a; do
		try 0 gitlab-backup-cli verify $x
		try 0 gitlab-backup-cli restore repositories $x -q
		refs | diff $x.refs -
	done
}

@test "what did not change is the same file on the disk" {
	chain
	cd "$B"
	for x in b c; do
		(cd a && find repositories -name 001.bundle) | sort >want
		[ -s want ]
		(cd $x && find repositories -path '*/a/001.bundle') | sort | diff want -
		while read -r file; do [ "a/$file" -ef "$x/$file" ]; done <want
	done
	[ "$(du -s c | cut -f1)" -gt "$(du -s a c | tail -n 1 | cut -f1)" ]
}

@test "the backups before it are removed: an increment stays good" {
	chain
	rm -r "$B"/a "$B"/b
	(cd "$B/c" && sha256sum --quiet -c SHA256SUMS)
	try 0 gitlab-backup-cli verify c
	try 0 gitlab-backup-cli restore repositories c -q
	refs | diff c.refs -
	id=$(gitlab-backup-cli backup repositories --incremental -q)
	same c "$(report .repositories.base)"
}

@test "report, list and show tell the chain" {
	chain
	id=c
	same "git false true b 0" "$(report '.repositories |
		[.engine, .server_side, .incremental, .base, .failed] | join(" ")')"
	all=$(glb-repos list | wc -l)
	same "$((all - 2)) $all" "$(report '.repositories | .unchanged + .missing + .empty,
		(.unchanged + .missing + .empty + .ok)' | xargs)"
	id=a
	same "false null" "$(report '.repositories | .incremental, .base' | xargs)"
	gitlab-backup-cli list >out
	same "a complete 1 - b complete 2 a c complete 3 b" "$(tr -s ' ' <out |
		cut -d ' ' -f 1,6- | tail -n +2 | xargs)"
	same "a 1 null b 2 a c 3 b" "$(gitlab-backup-cli list --json |
		jq -r '.id, .steps, .base' | xargs)"
	gitlab-backup-cli show c >out
	grep -qx 'Repositories by git, continuing b:' out
	grep -qE "^  2 with content, .* $(jq .repositories.unchanged "$B/c/backup_report.json") unchanged, 0 failed$" out
	same "a chain of 3: a b c" "$(sed -n '/a chain of/,$s/ *\(.*Z: \)\?//p' out | xargs)"
	same "a b c" "$(gitlab-backup-cli show c --json | jq -r '.chain[].id' | xargs)"
}

@test "a base without markers, as Gitaly left it until 18.10: the chain is told" {
	chain
	rm -r "$B"/[bc] "$B/a/repositories/backup_ids"
	id=$(gitlab-backup-cli backup repositories --incremental -q)
	same "2 a" "$(gitlab-backup-cli list --json | tail -n 1 |
		jq -r '.steps, .base' | xargs)"
	gitlab-backup-cli show "$id" | grep -qx '  chains of up to 2 steps'
}

@test "a shared file that is damaged: found in every backup that has it" {
	chain
	bundle=$(cd "$B/a" && find repositories -name 001.bundle -printf '%s %p\n' |
		sort -n | sed -n '$s/.* //p')
	touch -r "$B/a/$bundle" time
	printf x | dd of="$B/a/$bundle" bs=1 conv=notrunc status=none \
		seek=$(($(stat -c %s time "$B/a/$bundle" | tail -n 1) - 100))
	touch -r time "$B/a/$bundle"
	# Neither does a later increment take the damage for what is to be there.
	gitlab-backup-cli backup repositories --incremental -q --backup-id=d
	for x in a b c d; do
		try 3 gitlab-backup-cli verify $x
		grep -q "$bundle: SHA-256 is" err
	done
}

@test "interrupted: status 143, nothing of it stays, its base is untouched" {
	chain
	files "$B" >before
	fake glb-repos <<-END
		#!/bin/sh
		[ "\$1" = create ] || exec $(real glb-repos) "\$@"
		$(real glb-repos) "\$@"
		kill -TERM \$PPID
		exec tail -f /dev/null
	END
	try 143 gitlab-backup-cli backup repositories --incremental -q
	files "$B" | diff before -
}

@test "the plan of --dry-run makes the same increment" {
	chain
	id=d
	gitlab-backup-cli backup repositories --incremental --full-every=1d \
		--backup-id=d --dry-run >plan.sh
	grep -q -- "--base=$B/c/repositories --full-every=1d" plan.sh
	same "a b c" "$(ls "$B" | xargs)"
	same d "$(sh plan.sh)"
	same "git true c" "$(report '.repositories | [.engine, .incremental, .base] | join(" ")')"
	try 0 gitlab-backup-cli verify d
	gitlab-backup-cli show d | grep -qx 'Repositories by git, continuing c:'
}

@test "the base: any form of an id; else the newest that has repositories" {
	chain
	gitlab-backup-cli backup lfs -q --backup-id=lfs1
	mkdir "$B/.z.partial"
	id=d
	try 0 gitlab-backup-cli backup repositories --incremental --backup-id=d
	grep -q 'The repositories continue backup c$' out
	mv "$B/a" elsewhere
	for base in "$T/elsewhere" b; do
		rm -r "$B/d"
		try 0 gitlab-backup-cli backup repositories --base=$base -q --backup-id=d
		same "$(jq -r .backup_id "$(realpath -e "$base" 2>/dev/null ||
			echo "$B/$base")/backup_information.json")" "$(report .repositories.base)"
	done
	files "$B" >before
	try 1 gitlab-backup-cli backup repositories --base=none -q
	same "gitlab-backup-cli: none: no such backup in $B" "$(cat err)"
	try 1 gitlab-backup-cli backup repositories --base=lfs1 -q
	same "gitlab-backup-cli: $B/lfs1: has no repositories that a backup can continue" "$(cat err)"
	files "$B" | diff before -
}

@test "no base at all: a full backup, said once; other tasks need none" {
	chain
	rm -r "$B"
	id=x
	try 0 gitlab-backup-cli backup repositories --incremental --backup-id=x
	same 1 "$(grep -c 'There is no backup that the repositories could continue: all of them are backed up in full' out)"
	same "" "$(cat err)"
	same "false null" "$(report '.repositories | .incremental, .base' | xargs)"
	try 0 gitlab-backup-cli backup lfs --incremental --backup-id=y
	run ! grep -q 'no backup that' out
}

@test "a chain that is older than --full-every is not continued" {
	chain
	find "$B/c/repositories" -name 001.refs -exec touch -d '2 days ago' {} +
	old() { find "$B/$1/repositories" -path '*/a/001.*'; }
	gitlab-backup-cli backup repositories --base=c -q --full-every=3d --backup-id=d
	[ -n "$(old d)" ]
	gitlab-backup-cli backup repositories --base=c -q --full-every=1d --backup-id=e
	same "" "$(old e)"
	try 0 gitlab-backup-cli verify e
}

@test "INCREMENTAL and PREVIOUS_BACKUP, as the rake task has them" {
	chain
	id=x
	plan() { gitlab-backup-cli backup repositories --backup-id=x --dry-run "$@" >plan; }
	for word in no false 0 '' NO; do
		INCREMENTAL=$word PREVIOUS_BACKUP=a plan
		run ! grep -q -e --base -e --incremental plan
	done
	for word in yes true 1 Yes; do
		INCREMENTAL=$word plan
		grep -q -- "--base=$B/c/repositories" plan
	done
	INCREMENTAL=yes PREVIOUS_BACKUP=a plan
	grep -q -- "--base=$B/a/repositories" plan
	INCREMENTAL=yes PREVIOUS_BACKUP=a plan --base=b
	grep -q -- "--base=$B/b/repositories" plan
	INCREMENTAL=yes PREVIOUS_BACKUP=a try 2 gitlab-backup-cli backup \
		repositories --repositories-server-side
	grep -q '^gitlab-backup-cli: --base, PREVIOUS_BACKUP: ' err
	INCREMENTAL=perhaps try 2 gitlab-backup-cli backup all
	same "gitlab-backup-cli: INCREMENTAL: perhaps: neither yes nor no" "$(cat err)"
}

@test "what does not go together: 2, and nothing is made" {
	chain
	while IFS=: read -r options what <&4; do
		# shellcheck disable=SC2086 # words
		try 2 gitlab-backup-cli backup repositories $options
		grep -q "^gitlab-backup-cli: $what: " err
	done 4<<-'END'
		--full-every=1d:--full-every
		--incremental --full-every=soon:--full-every
		--base=a --repositories-server-side:--base, PREVIOUS_BACKUP
		--repository-engine=git --repositories-server-side:--repositories-server-side
		--incremental --full-every=1d --repositories-server-side:--full-every
	END
	try 2 gitlab-backup-cli backup all --repository-engine=svn
	same "a b c" "$(ls "$B" | xargs)"
}
