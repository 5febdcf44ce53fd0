#!/usr/bin/env bats
# Repositories that Gitaly stores by itself: a backup knows of them, and has
# none of their bytes.
# SPDX-License-Identifier: MIT
load helper
load repositories

# stored: a site with a backup x of lfs, and of repositories in Gitaly's own
# object storage; x.refs.
stored() {
	repositories_site
	gitaly
	gitlab-backup-cli backup repositories lfs -q --backup-id=x \
		--repositories-server-side
	refs >x.refs
	id=x
}

@test "the backup has no repositories, its report says where they are" {
	stored
	[ ! -e "$B/x/repositories" ]
	same "gitaly true false null 0" "$(report '.repositories | .engine, .server_side,
		.incremental, .base, .failed' | xargs)"
	same "complete" "$(report .status)"
	[ -n "$(find bucket -name 001.bundle)" ]
	jq -e '.argv | contains(["create", "-server-side", "-id", "x"]) and
		all(test("^-path") | not)' "$FAKE_GITALY_RECORD"
	try 0 gitlab-backup-cli show x
	grep -qx "Repositories by gitaly, in Gitaly's own object storage:" out
	grep -qE '^  [1-9][0-9]* stored, 0 failed$' out
	gitlab-backup-cli list | grep -q "complete .* 0  (in Gitaly's object storage)$"
	same true "$(gitlab-backup-cli list --json | jq .server_side)"
	no_token
}

@test "verify says that it cannot look at them: 4; at the rest it can" {
	stored
	for quick in '' --quick; do
		# shellcheck disable=SC2086 # a word or none
		try 4 gitlab-backup-cli verify x $quick
		same "glb-meta: repositories: in Gitaly's own object storage, where nothing of it is verified" "$(cat err)"
	done
	try 4 gitlab-backup-cli verify x --only=repositories --json
	jq -se '.[-1].absent == 0 and any(.file == "repositories" and .verdict == "unchecked")' out
	try 0 gitlab-backup-cli verify x --only=lfs
	printf x >>"$B/x/lfs.tar.gz"
	try 3 gitlab-backup-cli verify x
}

@test "the record decides on restore: Gitaly fetches them itself" {
	stored
	push 1 later
	on 2 update-ref -d refs/heads/main
	rm "$FAKE_GITALY_RECORD"
	try 4 gitlab-backup-cli restore all x -q
	run ! grep 'repositories: is not in the backup' err
	refs | diff x.refs -
	jq -e '.argv | contains(["restore", "-server-side", "-id", "x"])' <(tail -n 1 "$FAKE_GITALY_RECORD")
	no_token
}

@test "an increment: Gitaly is told so and given no base" {
	stored
	push 1 later
	refs >y.refs
	try 0 gitlab-backup-cli backup repositories -q --incremental \
		--repositories-server-side --backup-id=y
	id=y
	grep -q 'restores an increment of a repository that was empty before as empty' err
	same "true true null" "$(report '.repositories | .server_side, .incremental, .base' | xargs)"
	jq -e '.argv | contains(["-incremental"])' <(tail -n 1 "$FAKE_GITALY_RECORD")
	# It is no base for a backup that is not server-side.
	try 0 gitlab-backup-cli backup repositories --incremental --backup-id=z
	grep -q 'There is no backup that the repositories could continue' out
	for x in x y; do
		try 0 gitlab-backup-cli restore repositories $x -q
		refs | diff $x.refs -
	done
}

@test "a repository that fails is in the report, and the status is 4" {
	stored
	failed=$(repository 1)
	FAKE_GITALY_FAULTS=fail:${failed#"$T/repositories/default/"} \
		try 4 gitlab-backup-cli backup repositories -q \
		--repositories-server-side --backup-id=y
	id=y
	same "1 1 failed, the report names them" "$(report '(.repositories.failed | tostring) +
		" " + .left_out[0].why')"
}

@test "without gitaly-backup: told before anything is made or changed" {
	stored
	no_gitaly
	state_before=$(files "$B")
	try 1 gitlab-backup-cli backup repositories --repositories-server-side -q
	same "gitlab-backup-cli: gitaly-backup: no such program" "$(cat err)"
	try 1 gitlab-backup-cli check --repositories-server-side --json
	jq -e 'any(.problems[]; .what == "gitaly-backup" and .severity == "error")' out
	try 1 gitlab-backup-cli restore repositories x -q
	grep -q 'gitaly-backup: cannot be used, so that Gitaly cannot be told what to do$' err
	same "$state_before" "$(files "$B")"
	try 1 gitlab-backup-cli restore repositories x -q --repository-engine=git
	grep -q "repositories: are in Gitaly's own object storage: only the engine gitaly can restore them$" err
	try 0 gitlab-backup-cli restore lfs x -q
}

@test "REPOSITORIES_SERVER_SIDE, and the plan of --dry-run, do the same" {
	stored
	REPOSITORIES_SERVER_SIDE=true gitlab-backup-cli backup repositories \
		--backup-id=y --dry-run >plan.sh
	REPOSITORIES_SERVER_SIDE=false gitlab-backup-cli backup repositories \
		--dry-run | run ! grep -e --server-side
	same y "$(sh plan.sh)"
	id=y
	same "gitaly true" "$(report '.repositories | .engine, .server_side' | xargs)"
	push 1 later
	gitlab-backup-cli restore repositories y --dry-run >plan.sh
	REPOSITORIES_SERVER_SIDE=perhaps try 0 sh plan.sh
	refs | diff x.refs -
	no_token plan.sh
	REPOSITORIES_SERVER_SIDE=perhaps try 2 gitlab-backup-cli backup all
}
