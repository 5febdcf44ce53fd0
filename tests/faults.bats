#!/usr/bin/env bats
# What goes wrong in a backup: one message that names the cause, the right
# status, nothing published, no process and no lock left.
# SPDX-License-Identifier: MIT
load helper
load site

# failed STATUS MESSAGE: the driver ends so, says that, publishes nothing.
failed() {
	GLB_TEST_MARK=$T try "$1" gitlab-backup-cli backup all -q --backup-id=x
	same "" "$(cat out)"
	grep -qE "$2" err || { cat err; false; }
	nothing_published
	none_left
}

@test "a dead database: its name and the reason, before anything is made" {
	own_site
	sed -i 's,^\( *\)host: .*,\1host: /nonexistent,' "$GITLAB_PATH/config/database.yml"
	failed 1 '^glb-dbdump: database main \(gitlabhq_production\): .*No such file or directory'
	[ ! -e "$B" ]
}

@test "a missing program: its name; nothing published" {
	own_site
	mkdir bin
	for p in $(find "$GLB_BUILD" -maxdepth 1 -type f -perm -1 -printf '%f '); do
		ln -s "$GLB_BUILD/$p" bin
	done
	rm bin/gitlab-backup-cli bin/glb-gzip
	cp "$GLB_BUILD/gitlab-backup-cli" bin
	PATH=$T/bin:/usr/bin:/bin failed 1 '^gitlab-backup-cli: glb-gzip: No such file or directory'
}

@test "no pg_dump, no git: said by the program that needs them" {
	own_site
	mkdir bin
	find /usr/bin/ /bin/ -maxdepth 1 ! -name pg_dump ! -name git \
		-exec ln -sf -t bin {} +
	PATH=$GLB_BUILD:$T/bin failed 1 '^glb-(dbdump|repos): .*(pg_dump|git)'
}

@test "a full disk: the file and the reason; nothing published" {
	[ "$(id -u)" -eq 0 ] || { full_by_limit; return; }
	own_site
	mkdir -p "$B"
	mount -t tmpfs -o size=1m none "$B" || { full_by_limit; return; }
	GLB_TEST_MARK=$T try 1 gitlab-backup-cli backup all -q --backup-id=x
	left=$(find "$B" -mindepth 1 ! -name '.gitlab-backup-cli.lock')
	umount "$B"
	grep -qE '^glb-[a-z]+: .*: No space left on device' err
	same "" "$left"
	none_left
}

# Where no file system can be mounted: a limit on the size of files.
full_by_limit() {
	own_site
	(
		trap '' XFSZ
		ulimit -f 100
		failed 1 '^glb-[a-z]+: .*: File too large'
	)
}

@test "an unreadable directory of a kind: named, 1; inside it: 4" {
	own_site
	site_user=$(stat -c %U "$GITLAB_PATH/config/gitlab.yml")
	run_as() { "$@"; }
	if [ "$(id -u)" -eq 0 ]; then
		open_test
		run_as() { setpriv --reuid="$site_user" --regid="$(id -g "$site_user")" \
			--init-groups -- env PATH="$PATH" "$@"; }
		chown -R "$site_user" "$GITLAB_PATH"
	fi
	mkdir "$GITLAB_PATH/public/uploads/closed"
	chmod 000 "$GITLAB_PATH/public/uploads/closed"
	try 4 run_as gitlab-backup-cli backup uploads -q --backup-id=x
	same 1 "$(grep -c '^glb-blobs: .*closed.*: Permission denied$' err)"
	same "incomplete partial" "$(jq -r '.status + " " + (.jobs[] |
		select(.name == "uploads").status)' "$B/x/backup_report.json")"
	chmod 000 "$GITLAB_PATH/public/uploads"
	rm -rf "${B:?}/x"
	try 1 run_as gitlab-backup-cli backup uploads -q --backup-id=x
	grep -q '^glb-blobs: .*public/uploads: Permission denied$' err
	nothing_published
	chmod 755 "$GITLAB_PATH/public/uploads" "$GITLAB_PATH/public/uploads/closed"
}

@test "a backup path that cannot be made or written: 1, named" {
	own_site
	: >file
	try 1 gitlab-backup-cli backup lfs --backup-path="$T/file/x"
	same "gitlab-backup-cli: $T/file/x: Not a directory" "$(cat err)"
}

@test "a stage that fails, first, middle or last: named, nothing published" {
	own_site
	for p in glb-blobs glb-gzip glb-meta; do
		fake $p <<-'END'
			#!/bin/sh
			head -c 1000 /dev/zero
			exit 7
		END
		failed 1 "GitLab Backup failed: .*: $p: exit status 7"
		rm -r "$T/fake"
		hash -r
	done
}

@test "a stage killed by a signal, and a reader that stops early" {
	own_site
	fake glb-gzip <<-'END'
		#!/bin/sh
		kill -9 $$
	END
	failed 1 'GitLab Backup failed: .*: glb-gzip: killed by signal 9 \(Killed\)'
	fake glb-gzip <<-'END'
		#!/bin/sh
		head -c 1 >/dev/null
	END
	# glb-blobs writes more than a pipe holds, so its death is certain.
	bytes 3000000 "$GITLAB_PATH/public/uploads/large"
	failed 1 'GitLab Backup failed: .*: killed by signal 13 \(Broken pipe\)'
}

@test "a program that talks more than a pipe holds does not block" {
	own_site
	fake glb-gzip <<-END
		#!/bin/sh
		yes 'a line of noise on standard error' | head -n 6000 >&2
		exec $(real glb-gzip)
	END
	try 0 gitlab-backup-cli backup lfs -q --backup-id=x
	same 6000 "$(grep -c noise err)"
	same "6000 100" "$(jq -r '.jobs[] | select(.name == "lfs") |
		"\(.warnings_total) \(.warnings | length)"' "$B/x/backup_report.json")"
}

@test "a repository that fails: the others are there, status 4, in the report" {
	own_site
	# One for which git is needed: its objects are in files of their own.
	broken=$(glb-repos list --storages=default | jq -r .relative_path |
		while read -r path; do
			compgen -G "$SAMPLE_REPOSITORIES/default/$path/objects/[0-9a-f]?" \
				>/dev/null && echo "$path" && break
		done)
	fake git <<-END
		#!/bin/sh
		case "\$*" in *$broken*) echo "fatal: broken on purpose" >&2; exit 128 ;; esac
		exec $(real git) "\$@"
	END
	try 4 gitlab-backup-cli backup repositories -q --backup-id=x
	grep -q 'Not in the backup: repositories: 1 failed' err
	same "1 $broken" "$(jq -r '.repositories | "\(.failed) " +
		.failures[0].relative_path' "$B/x/backup_report.json")"
	[ ! -e "$B/x/repositories/manifests/default/$broken" ]
	[ "$(find "$B/x/repositories" -name '*.bundle' | wc -l)" -gt 3 ]
}

@test "a file that is open in the driver is not open in its stages" {
	own_site
	fake glb-gzip <<-END
		#!/bin/sh
		ls /proc/self/fd >>'$T/fds'
		exec $(real glb-gzip)
	END
	exec 7</dev/null
	gitlab-backup-cli backup lfs -q --backup-id=x
	exec 7<&-
	# 0, 1, 2, the status descriptor, and what ls itself has open.
	same "0 1 2 3 4" "$(xargs <fds)"
}

@test "--log-format=json: the driver's own warnings are objects, too" {
	own_site
	mkdir -p "$B/x"
	try 1 gitlab-backup-cli backup lfs --log-format=json --backup-id=x
	jq -es 'map(.message) | any(endswith("a backup of this name exists"))' err
}

@test "a plan run by hand that cannot write a byte: 1, nothing published" {
	own_site
	gitlab-backup-cli backup lfs --dry-run --backup-id=x >plan.sh
	try 1 sh -c 'trap "" XFSZ; ulimit -f 0; exec sh plan.sh'
	nothing_published
}

@test "a site none of whose databases is dumped: named, 4" {
	own_site
	sed -i 's/^    adapter: .*/&\n    replica: true/' "$GITLAB_PATH/config/database.yml"
	try 4 gitlab-backup-cli backup db lfs -q --backup-id=x
	grep -q 'Not in the backup: db: ' err
}

@test "a reader of the messages that has gone does not end the backup" {
	own_site
	bash -c 'gitlab-backup-cli backup lfs --backup-id=x 2>err
		echo $? >status' | :
	same "1 gitlab-backup-cli: standard output: Broken pipe" "$(cat status err | xargs)"
	[ -e "$B/x/SHA256SUMS" ]
}
