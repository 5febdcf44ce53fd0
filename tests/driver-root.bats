#!/usr/bin/env bats
# gitlab-backup-cli run by root and by the application's user in turn.
# SPDX-License-Identifier: MIT
load helper
load site

# as_user COMMAND...: by the user that the site belongs to.
as_user() {
	setpriv --reuid="$SAMPLE_USER" --regid="$(id -g "$SAMPLE_USER")" \
		--init-groups env PATH="$PATH" "$@"
}

@test "root and the application's user back up into the same path in turn" {
	own_site
	open_test
	chown -R "$SAMPLE_USER" "$GITLAB_PATH"
	mkdir -p "$B"
	chown "$SAMPLE_USER" "$B"
	try 0 gitlab-backup-cli backup all -q --backup-id=one
	try 0 as_user gitlab-backup-cli backup all -q --backup-id=two
	try 0 gitlab-backup-cli backup lfs -q --backup-id=three
	same "root $SAMPLE_USER root" \
		"$(stat -c %U "$B/one/SHA256SUMS" "$B/two/SHA256SUMS" "$B/three/SHA256SUMS" | xargs)"
	# Owners of the files in the archives are the same for both.
	for x in one two; do
		tar tvzf "$B/$x/uploads.tar.gz" >"$x"
	done
	diff one two
}

@test "backups of root's are unreadable to the user, not damaged: 4" {
	own_site
	open_test
	gitlab-backup-cli backup lfs -q --backup-id=x
	try 4 as_user env GITLAB_PATH="$GITLAB_PATH" gitlab-backup-cli list --json
	same "x unreadable" "$(jq -r '.id + " " + .state' out)"
	grep -q 'backup_information.json: Permission denied' err
}

@test "a lock that is a link to a file of root's is not given away" {
	own_site
	open_test
	mkdir -p "$B"
	chown "$SAMPLE_USER" "$B"
	echo keep >secret
	chmod 600 secret
	ln secret "$B/.gitlab-backup-cli.lock"
	gitlab-backup-cli backup lfs -q --backup-id=x 2>err
	grep -q 'lock: Too many links' err
	same "keep root" "$(cat secret) $(stat -c %U secret)"
}

@test "a plan run by root leaves the lock to the user" {
	own_site
	open_test
	mkdir -p "$B"
	chown "$SAMPLE_USER" "$B"
	gitlab-backup-cli backup lfs --dry-run --backup-id=x | sh
	same "$SAMPLE_USER" "$(stat -c %U "$B/.gitlab-backup-cli.lock")"
}
