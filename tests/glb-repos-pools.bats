#!/usr/bin/env bats
# glb-repos reset-pools: runs GitLab's task and tells what it says.
# SPDX-License-Identifier: MIT
load helper
load site

# site_with_rake: a site of the test's own, and the stand-in first on PATH.
site_with_rake() {
	own_site
	open_test
	fake gitlab-rake <"$BATS_TEST_DIRNAME/fakes/gitlab-rake"
	export FAKE_RAKE_RECORD=$T/marks/record FAKE_RAKE_SAYS=
}

# failed PATH REASON: what a pool that failed is told as.
failed() {
	printf '{"disk_path":"%s","status":"failed","error":"%s"}' "$@"
}

@test "each pool is a result; what else the task says is a message" {
	site_with_rake
	try 0 glb-repos reset-pools
	same '{"disk_path":"@pools/aa/bb/aabb01","status":"scheduled"}
{"disk_path":"@pools/aa/bb/aabb02","status":"skipped"}
{"disk_path":"@pools/aa/bb/aabb04","status":"scheduled"}' "$(cat out)"
	same "glb-repos: gitlab-rake: WARNING: Active Record does not support this" \
		"$(cat err)"
	same "$(id -un) $T production gitlab:backup:repo:reset_pool_repositories" \
		"$(cat "$FAKE_RAKE_RECORD")"
}

@test "a pool that failed: 4, with its reason on one line" {
	site_with_rake
	FAKE_RAKE_SAYS=$T/says
	printf '%s\n' '{"disk_path":"@pools/1","status":"failed","error_message":"no\nsuch \u001b[31m pool"}' >says
	try 4 glb-repos reset-pools
	same "$(failed @pools/1 'no such \\x1B[31m pool')" "$(cat out)"
	same "" "$(cat err)"
}

@test "a line that makes no sense: 4, named, and the others are told" {
	site_with_rake
	FAKE_RAKE_SAYS=$T/says
	while read -r line <&4; do
		printf '%s\n{"disk_path":"@pools/2","status":"skipped"}\n' "$line" >says
		try 4 glb-repos reset-pools
		same '{"disk_path":"@pools/2","status":"skipped"}' "$(cat out)"
		same "glb-repos: gitlab-rake: makes no sense: $line" "$(cat err)"
	done 4<<-'END'
		{
		{}
		{"disk_path":"@pools/1"}
		{"disk_path":"@pools/1","status":"done"}
		{"disk_path":"","status":"failed"}
		{"disk_path":"@pools/1","status":"scheduled"
	END
}

@test "the task fails: 1, after what it has told" {
	site_with_rake
	FAKE_RAKE_STATUS=3 try 1 glb-repos reset-pools
	same 3 "$(wc -l <out)"
	grep -qx 'glb-repos: gitlab-rake gitlab:backup:repo:reset_pool_repositories: exit status 3' err
	fake gitlab-rake <<<'kill -KILL $$'
	try 1 glb-repos reset-pools
	grep -q 'killed by signal 9' err
}

@test "no gitlab-rake, or one that cannot be run: 1" {
	own_site
	try 1 glb-repos reset-pools
	same "glb-repos: gitlab-rake: no such program" "$(cat err)"
}

@test "stdout closed or full: 1" {
	site_with_rake
	try 1 bash -c 'glb-repos reset-pools >/dev/full'
	try 1 bash -c 'glb-repos reset-pools >&-'
}

@test "a GitLab from source: by bundle, in its root, as its user" {
	site_with_rake
	: >"$GITLAB_PATH/Gemfile"
	fake bundle <<-END
		#!/bin/sh
		[ "\$1 \$2" = "exec rake" ] || exit 9
		shift 2
		[ "\$HOME" = "$(getent passwd "$SAMPLE_USER" | cut -d: -f6)" ] ||
			[ "$(id -u)" -ne 0 ] || exit 8
		exec $T/fake/gitlab-rake "\$@"
	END
	try 0 glb-repos reset-pools --rails-env=production
	user=$(id -un)
	[ "$(id -u)" -ne 0 ] || user=$SAMPLE_USER
	same "$user $GITLAB_PATH production gitlab:backup:repo:reset_pool_repositories" \
		"$(cat "$FAKE_RAKE_RECORD")"
}
