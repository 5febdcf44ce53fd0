# Databases to test on: copies of the sample site's, and a site of such copies.
# SPDX-License-Identifier: MIT
sample_site=$BATS_TEST_DIRNAME/../scripts/sample-site
unset "${!PG@}" "${!GITLAB_BACKUP_@}" "${!GITLAB_OVERRIDE_@}"

# database_setup: the sample site that the environment names, or a new one.
database_setup() {
	local all
	# The site's user must reach what tests put here.
	chmod a+x "$BATS_RUN_TMPDIR"
	[ -z "${SAMPLE_DIR-}" ] || return 0
	OWN_SAMPLE=$(mktemp -d)
	export OWN_SAMPLE
	all=$("$sample_site" create "$OWN_SAMPLE" --blobs-mb 1 --rows 500 \
		2>"$BATS_FILE_TMPDIR/log") || cat "$BATS_FILE_TMPDIR/log"
	eval "$all"
}
# database_teardown [NAME...]: leaves nothing behind, not even these.
database_teardown() {
	local name
	if [ -n "${OWN_SAMPLE-}" ]; then
		"$sample_site" destroy "$OWN_SAMPLE"
		return
	fi
	for name; do sql postgres "DROP DATABASE IF EXISTS $name WITH (FORCE)"; done
}

# sql DATABASE STATEMENT...: as the superuser, values bare.
sql() {
	local statement args=()
	for statement in "${@:2}"; do args+=(-c "$statement"); done
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$SAMPLE_PGHOST" \
		-p "$SAMPLE_PGPORT" -U "$SAMPLE_PGSUPERUSER" -d "$1" "${args[@]}"
}

# database NAME [TEMPLATE]: makes it afresh, the site's main one unless told.
database() {
	sql postgres 'SET client_min_messages = warning' \
		"DROP DATABASE IF EXISTS \"$1\"" \
		"CREATE DATABASE \"$1\" TEMPLATE \"${2-$SAMPLE_DB_MAIN}\" OWNER $SAMPLE_PGUSER"
}

# site: a GitLab below T without a database yet; GITLAB_PATH names it.
site() {
	export GITLAB_PATH=$T/gitlab
	mkdir -p "$GITLAB_PATH/config"
	cp "$SAMPLE_DIR/gitlab/VERSION" "$GITLAB_PATH"
	cp "$SAMPLE_DIR/gitlab/config/gitlab.yml" "$GITLAB_PATH/config"
	echo production: >"$GITLAB_PATH/config/database.yml"
}

# connection NAME DATABASE [LINE...]: adds it, and these lines of YAML.
connection() {
	cat >>"$GITLAB_PATH/config/database.yml" <<-YAML
		  $1:
		    adapter: postgresql
		    database: "$2"
		    username: $SAMPLE_PGUSER
		    host: "$SAMPLE_PGHOST"
		    port: $SAMPLE_PGPORT
		$(printf '    %s\n' "${@:3}")
	YAML
}
