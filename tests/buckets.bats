#!/usr/bin/env bats
# gitlab-backup-cli backup: kinds that are kept in buckets, by glb-gcs.
# SPDX-License-Identifier: MIT
load helper
load buckets

@test "each kind in a bucket is one job of glb-gcs, its result in the report" {
	bucket_site
	fake_gcs
	try 0 gitlab-backup-cli backup all -q --backup-bucket=glb-backup --backup-id=x
	id=x
	same "" "$(cat err)"
	end='--id=x --kind=%s --instance=gitlab.example.com\n'
	printf "backup --project=glb-test-project --source=%s --sink=glb-backup $end" \
		gl-lfs lfs gl-pages pages gl-shared/diffs external_diffs \
		gl-shared/packages/all packages | diff - <(asked)
	sort marks/results | diff - <(report '.object_storage[] | tojson' | sort)
	same "complete [] lfs.bucket done" "$(report '.status, (.left_out | tojson),
		(.jobs[] | select(.name == "lfs.bucket") | .name, .status)' | xargs)"
	# What is left of them on disk is in the backup as ever.
	for k in lfs pages external_diffs packages; do [ -e "$B/x/$k.tar.gz" ]; done
}

@test "what is asked of glb-gcs is passed on; only the tasks that were chosen" {
	bucket_site
	fake_gcs
	try 0 gitlab-backup-cli backup registry lfs uploads -q --backup-bucket=glb-backup \
		--registry-bucket=reg/root --backup-id=x --no-wait-for-completion \
		--service-account-file=/k.json --cancel-on-interrupt
	end='--instance=gitlab.example.com --no-wait --service-account-file=/k.json --cancel-on-interrupt'
	printf '%s\n' \
		"backup --project=glb-test-project --source=gl-lfs --sink=glb-backup --id=x --kind=lfs $end" \
		"backup --project=glb-test-project --source=reg/root --sink=glb-backup --id=x --kind=registry $end" |
		diff - <(asked)
}

@test "storage-specific settings: only the kinds that have their own" {
	bucket_site
	fake_gcs
	sed -i '/^  object_store:/,/^    enabled:/s/enabled: true/enabled: false/' "$(yml)"
	try 0 gitlab-backup-cli backup all -q --backup-bucket=glb-backup --skip= --backup-id=x
	same "--source=gl-pages" "$(cut -d' ' -f3 marks/gcs)"
}

@test "without --backup-bucket: what would help, in check and after, 4" {
	bucket_site
	fake_gcs
	why='kept in bucket gl-shared/diffs (Google), which is not backed up: --backup-bucket names one to copy it to'
	try 4 gitlab-backup-cli check --json
	same "$why" "$(jq -r '.problems[] | select(.what == "external_diffs").why' out)"
	try 4 gitlab-backup-cli backup external_diffs -q --backup-id=x
	id=x
	grep -qF "Not in the backup: external_diffs: $why" err
	same "incomplete external_diffs $why" "$(report '[.status, .left_out[].what,
		.left_out[].why] | join(" ")')"
	[ ! -e marks/gcs ]
}

@test "what cannot be copied is named with its reason; the rest is copied" {
	bucket_site
	fake_gcs
	needs='Storage Transfer needs the google_project of the connection in gitlab.yml, which has none'
	while IFS='|' read -r keys who why; do
		connection "$keys"
		try 4 gitlab-backup-cli check --backup-bucket=glb-backup
		grep -qF "gl-lfs ($who), which is not backed up: $why" out
		rm -rf "$B/x"
		try 4 gitlab-backup-cli backup lfs pages -q --backup-bucket=glb-backup --backup-id=x
		grep -qF "lfs: kept in bucket gl-lfs ($who), which is not backed up: $why" err
		same pages "$(id=x report '.object_storage[].kind')"
	done <<-END
		provider: AWS, region: x|AWS|only buckets of Google's can be copied
		google_project: p|provider unknown|gitlab.yml has no connection that says whose it is
		provider: Google|Google|$needs
		provider: Google, google_storage_access_key_id: a|Google|$needs, and cannot use its HMAC keys
	END
}

@test "check tells of each copy what glb-gcs finds, and what mends it once" {
	bucket_site
	fake_gcs '[ "$verb" != check ] || { cat marks/answer; exit $(cat marks/code); }'
	why='[.problems[] | select(.what == "lfs" or .what == "pages") | .what + ": " + .why] | .[]'
	echo '{"problems": ["no rights"], "unknown": [], "commands": ["gcloud do"]}' >marks/answer
	echo 1 >marks/code
	try 1 gitlab-backup-cli check --backup-bucket=glb-backup --json
	printf '%s\n' 'pages: kept in bucket gl-pages, which a backup copies to glb-backup' \
		'pages: no rights' 'pages: this mends it: gcloud do' \
		'lfs: kept in bucket gl-lfs, which a backup copies to glb-backup' \
		'lfs: no rights' | diff - <(jq -r "$why" out)
	echo '{"problems": [], "unknown": ["who knows"], "commands": ["gcloud do"]}' >marks/answer
	echo 4 >marks/code
	try 4 gitlab-backup-cli check --backup-bucket=glb-backup
	grep -q 'pages .* if that is not so yet: gcloud do' out
	echo '{}' >marks/answer
	echo 0 >marks/code
	try 0 gitlab-backup-cli check --backup-bucket=glb-backup
}

@test "a copy that fails fails the backup; nothing is published" {
	bucket_site
	fake_gcs '[ $kind != pages ] || { echo "glb-gcs: no" >&2; exit 1; }'
	try 1 gitlab-backup-cli backup lfs pages uploads -q --backup-bucket=glb-backup --backup-id=x
	same "" "$(cat out)"
	grep -qx 'glb-gcs: no' err
	grep -q 'What was copied to gs://glb-backup/backups/x/ stays there' err
	grep -q 'GitLab Backup failed: pages.bucket: glb-gcs: exit status 1' err
	nothing_published
}

@test "a copy that says nothing of itself, or what is no result, is none" {
	bucket_site
	for lines in 'exit 0' 'echo done; exit 0'; do
		fake_gcs "$lines"
		try 1 gitlab-backup-cli backup lfs -q --backup-bucket=glb-backup
		grep -qE 'object_storage.lfs: (has no|not a) result' err
		nothing_published
	done
}

@test "copies take no place of --jobs, and hold no snapshot" {
	bucket_site
	# The copies end when the last local job has; that needs the only place.
	fake_gcs "[ -e '$T/marks/held' ] || exit 9
		until [ -e '$B/.x.partial/backup_information.json' ]; do :; done"
	fake glb-dbdump <<-END
		#!/bin/sh
		[ "\$1" = snapshot ] || exec $(real glb-dbdump) "\$@"
		$(real glb-dbdump) "\$@" | while read -r line; do
			: >'$T/marks/held'
			echo "\$line"
		done
		: >'$T/marks/released'
	END
	try 0 timeout 60 gitlab-backup-cli backup all -q --jobs=1 --backup-id=x \
		--backup-bucket=glb-backup
	[ -e marks/released ]
}

@test "--dry-run: run by hand it does the same" {
	bucket_site
	fake_gcs
	set -- backup lfs packages uploads --backup-bucket=glb-backup
	gitlab-backup-cli "$@" -q --backup-id=one
	sed 's/one/two/g' marks/gcs | sort >want
	sort marks/results | sed 's/one/two/g' >results
	rm marks/*
	gitlab-backup-cli "$@" --backup-id=two --dry-run >plan.sh
	[ ! -e marks/gcs ]
	same two "$(sh plan.sh)"
	asked | diff want -
	id=two
	report '.object_storage[] | tojson' | sort | diff results -
	same complete "$(report .status)"
	fake_gcs 'exit 1'
	rm -r "$B/two"
	try 1 sh plan.sh
	[ ! -e "$B/two" ]
}

@test "copies that are not waited for: named at the end, status as it was, 0" {
	bucket_site
	fake_gcs 'status=IN_PROGRESS objects=null bytes=null'
	try 0 gitlab-backup-cli backup lfs pages --backup-bucket=glb-backup \
		--no-wait-for-completion --backup-id=x --service-account-file="$T/a key"
	id=x
	grep -q 'Not waiting for object storage tasks to complete' out
	grep -q 'lfs: operation transferOperations/x-lfs goes on' out
	grep -qF "To follow: glb-gcs status --wait --service-account-file='$T/a key' transferOperations/x-pages transferOperations/x-lfs" out
	same "IN_PROGRESS null" "$(report '.object_storage[0] | .status, .objects' | xargs)"
	gitlab-backup-cli show x >shown
	grep -qx '  lfs: IN_PROGRESS (transferOperations/x-lfs), in gs://glb-backup/backups/x/lfs/' shown
}

@test "show, list and verify tell of what is in buckets" {
	bucket_site
	fake_gcs
	gitlab-backup-cli backup lfs uploads -q --backup-bucket=glb-backup --backup-id=x
	try 0 gitlab-backup-cli show x
	grep -qx '  lfs: 3 objects, 33 B, in gs://glb-backup/backups/x/lfs/' out
	same '["lfs"]' "$(gitlab-backup-cli list --json | jq -c .object_storage)"
	try 0 gitlab-backup-cli verify x
	same 'glb-meta: lfs: objects are in gs://glb-backup/backups/x/lfs/, where none of them is verified' "$(cat err)"
	try 0 gitlab-backup-cli verify x --only=uploads
	same "" "$(cat err)"
}

@test "an interrupt: what goes on in the cloud is told, nothing is published" {
	bucket_site
	fake_gcs "trap 'echo \"glb-gcs: \$kind goes on\" >&2; exit 143' TERM
		: >'$T/marks/began'; while :; do :; done"
	GLB_TEST_MARK=$T gitlab-backup-cli backup lfs -q --backup-bucket=glb-backup \
		>out 2>err 3>&- &
	awaited $! [ -e marks/began ]
	kill -TERM $!
	code=0
	wait $! || code=$?
	same 143 "$code"
	grep -qx 'glb-gcs: lfs goes on' err
	grep -q 'What was copied to gs://glb-backup/backups/.*/ stays there' err
	nothing_published
	none_left
}

@test "names that no bucket has: 2, nothing is done" {
	bucket_site
	for args in --backup-bucket= --backup-bucket=a/b --backup-bucket=gs://bucket \
		--registry-bucket= --registry-bucket=bucket/ --registry-bucket=bucket/..; do
		for verb in 'backup lfs' 'check' 'restore all x'; do
			# shellcheck disable=SC2086 # words
			try 2 gitlab-backup-cli $verb "$args"
			same 1 "$(wc -l <err)"
		done
	done
	same "gitlab-backup-cli: --registry-bucket: bucket/..: is not a bucket's name" "$(cat err)"
	[ ! -e "$B" ]
}
