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

# open_test: lets the site's user pass through to $T, whose parents bats made,
# and write in $T/marks.
open_test() {
	local d
	for d in "$T" "${T%/*}" "$BATS_RUN_TMPDIR"; do chmod a+x "$d"; done
	mkdir -p -m 777 "$T/marks"
}

# fake NAME: a program in $T/fake, which comes first on PATH; text from stdin.
fake() {
	open_test
	mkdir -p "$T/fake"
	cat >"$T/fake/$1"
	chmod 755 "$T/fake/$1" "$T/fake"
	case $PATH in "$T/fake:"*) ;; *) export PATH="$T/fake:$PATH" ;; esac
}

# real NAME: where the program is behind the fake one.
real() {
	PATH=${PATH#"$T/fake:"} command -v "$1"
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
