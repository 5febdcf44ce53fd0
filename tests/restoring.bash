# Sites to restore, and what a restore must leave of them.
# SPDX-License-Identifier: MIT
load state

# restoring_setup NAME: for setup_file: a site with databases and repositories
# of its own, its backup "good" of everything, and its state then.
restoring_setup() {
	# The names that the functions below expect in a test.
	local T=$BATS_FILE_TMPDIR
	export NAME=$1
	cd "$T"
	chmod a+x "$BATS_RUN_TMPDIR" "$T" "${T%/*}"
	own_repositories
	own_databases "$1"
	gitlab-backup-cli backup all -q --backup-id=good >backup.out 2>&1 || {
		cat backup.out
		return 1
	}
	state --backup-view >good
	export GOOD=$T
}
restoring_teardown() { drop_databases "$NAME"; }

# restoring: a copy of it all for one test.
restoring() {
	# A user's umask takes from the modes of what is unpacked.
	[ "$(id -u)" -eq 0 ] || umask 0
	open_test
	cp -a "$GOOD/gitlab" "$GOOD/repositories" "$GOOD/good" "$T"
	export GITLAB_PATH=$T/gitlab
	B=$GITLAB_PATH/tmp/backups
	R=$B/.gitlab-backup-cli.restore
	sed -i "s,$GOOD,$T," "$GITLAB_PATH/config/gitlab.yml"
	own_databases "$NAME"
}

# change: the site goes on: rows, repositories and files come and go.
change() {
	local repo
	sql "${NAME}_main" "UPDATE users SET username = 'later' WHERE id = 1" \
		"CREATE TABLE later (x integer)" \
		"ALTER TABLE later OWNER TO $SAMPLE_PGUSER"
	sql "${NAME}_ci" "DROP TABLE ci_builds CASCADE"
	repo=$(glb-repos list | jq -r 'select(.storage_name == "default") |
		.relative_path' | head -n 1)
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS git -C "$T/repositories/default/$repo" update-ref -d refs/heads/main
	cp -a "$T/repositories/default/$repo" "$T/repositories/default/${repo%.git}-new.git"
	echo later >"$GITLAB_PATH/public/uploads/later"
	rm -r "$GITLAB_PATH/shared/lfs-objects"
	state >changed
}

# is FILE: the site's state is that of the file; left_nothing: and no trace of
# a restore is there.
is() {
	case $1 in
	changed) state >now ;;
	*) state --backup-view >now ;;
	esac
	diff "$1" now >differs || {
		head -n 20 differs
		return 1
	}
}
left_nothing() {
	same "" "$(find "$T/repositories" "$GITLAB_PATH" "$B" \
		\( -name 'glb-*' -o -name '*.glb-restore' -o -name "${R##*/}" \))"
	local db
	for db in main ci; do
		same "" "$(sql "${NAME}_$db" "SELECT nspname FROM pg_namespace
			WHERE nspname LIKE 'glb\_%'")"
	done
}

# connected APPLICATION: a session of that name in the main database, which ends
# with descriptor 4.
connected() {
	mkfifo hold
	# shellcheck disable=SC2086 # the words of a command
	PGAPPNAME=$1 $SAMPLE_AS psql -X -q -h "$SAMPLE_PGHOST" \
		-p "$SAMPLE_PGPORT" -U "$SAMPLE_PGUSER" "${NAME}_main" \
		<hold >/dev/null 2>&1 3>&- &
	exec 4>hold
	until [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity
		WHERE application_name = '$1'")" = 1 ]; do :; done
}

# hang WHEN PROGRAM [VERB]: from now on the program hangs before or after its
# work, with that verb only if one is named, and tells so in marks/began.
hang() {
	open_test
	rm -f "$T/marks/began"
	fake "$2" <<-END
		#!/bin/sh
		case "\${1-}" in ${3:-*}) ;; *) exec $(real "$2") "\$@" ;; esac
		[ $1 = before ] || $(real "$2") "\$@" || exit
		: >'$T/marks/began'
		exec tail -f /dev/null
	END
}

# begun ARGUMENT...: the driver, as \$driver, when what hangs has begun to.
begun() {
	GLB_TEST_MARK=$T env --default-signal=INT,HUP gitlab-backup-cli "$@" \
		>out 2>err 3>&- &
	driver=$!
	awaited $driver [ -e "$T/marks/began" ] || { cat err && return 1; }
}

# let_go: what would hang does its work from now on.  Its file is always there:
# a shell that was started for it may not have opened it yet.
let_go() {
	local f
	for f in "$T"/fake/*; do
		printf '#!/bin/sh\nexec %s "$@"\n' "$(real "${f##*/}")" >"$T/let-go"
		chmod 755 "$T/let-go"
		mv "$T/let-go" "$f"
	done
}

# ended SIGNAL CODE: the driver gets the signal and ends so; nothing hangs now.
ended() {
	local code=0
	kill "-$1" "$driver"
	[ "$1" = KILL ] || let_go
	wait "$driver" || code=$?
	rm -rf "$T/fake"
	hash -r
	same "$2" "$code"
	none_left
}
