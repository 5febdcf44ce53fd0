# A site of a test's own, made from the shared one; runs of the driver on it.
# SPDX-License-Identifier: MIT

# own_site: a copy of the shared site's GitLab root in $T/gitlab, as
# GITLAB_PATH; databases and repositories stay the shared ones.
own_site() {
	cp -a "$GITLAB_PATH" "$T/gitlab"
	rm -rf "$T/gitlab/tmp/backups"
	sed -i "s,$GITLAB_PATH,$T/gitlab," "$T/gitlab/config/gitlab.yml"
	export GITLAB_PATH=$T/gitlab
	B=$GITLAB_PATH/tmp/backups
}

# nothing_published: the backup path shows no backup and no work.
nothing_published() {
	same "" "$(find "$B" -mindepth 1 ! -name .gitlab-backup-cli.lock)"
}

# marked: the processes that have this test's mark in their environment.
marked() {
	grep -lsz "^GLB_TEST_MARK=$T\$" /proc/[0-9]*/environ | grep -v "/$$/" || true
}

# none_left: waits until no process with this test's mark is there, but ours.
none_left() {
	local i
	for ((i = 0; i < 1000; i++)); do
		[ -n "$(marked | grep -v "/$BASHPID/")" ] || return 0
	done
	echo "still running:"
	for p in $(marked); do tr '\0' ' ' <"${p%environ}cmdline" && echo; done
	return 1
}
