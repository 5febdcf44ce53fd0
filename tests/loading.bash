# Databases of a file's own to load into, and what is in them.
# SPDX-License-Identifier: MIT
load database

# NAME is the file's: databases NAME_main and NAME_ci, dumps in $D.
loading_setup() { # NAME
	export NAME=$1 D=$BATS_FILE_TMPDIR
	database_setup
	database "${NAME}_main"
	database "${NAME}_ci" "$SAMPLE_DB_CI"
	local db
	for db in main ci; do contents $db >"$D/$db.sql"; done
}
loading_teardown() { database_teardown "${NAME}_main" "${NAME}_ci"; }

loading_site() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	# What a dump smuggles past would run as the site's user, in /.
	chmod a+rwx .
	site
	database "${NAME}_main"
	connection main "${NAME}_main"
	connection ci "${NAME}_ci"
}

# contents DB: a dump of it without random tokens.
contents() {
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS pg_dump --clean --if-exists -h "$SAMPLE_PGHOST" \
		-p "$SAMPLE_PGPORT" -U "$SAMPLE_PGUSER" "${NAME}_$1" |
		grep -v '^\\\(un\)\?restrict '
}

# holds DB FILE: that and nothing else is in it.
holds() {
	contents "$1" >"$T/now"
	cmp "$2" "$T/now"
}

# as_owner DB STATEMENT...: as GitLab's user.
as_owner() {
	# shellcheck disable=SC2154 # bats sets it
	sql "${NAME}_$1" "SET ROLE $SAMPLE_PGUSER" "${@:2}"
}

# many_tables N: a dump of N tables, for which the sample's server with its
# 3,200 locks needs several transactions if N is more than 600.
many_tables() {
	local i
	for ((i = 1; i <= $1; i++)); do
		echo "CREATE TABLE public.many_$i (id integer);"
		echo "ALTER TABLE public.many_$i OWNER TO $SAMPLE_PGUSER;"
	done
	complete
}
complete() { echo '-- PostgreSQL database dump complete'; }

# loading FILE: a load that has read FILE and waits for more on descriptor 9.
loading() {
	mkfifo stdin
	glb-dbdump load main <stdin >out 2>err 3>&- 9>&- &
	loader=$!
	exec 9>stdin
	cat "$1" >&9
	# A lock of our own tells when all before it has been done.
	echo "SELECT pg_catalog.pg_advisory_lock(4711);" >&9
	until [ "$(sql postgres "SELECT count(*) FROM pg_locks
		WHERE locktype = 'advisory' AND objid = 4711 AND granted")" = 1 ]; do
		kill -0 "$loader" || return
	done
}
# psql_of PID: the psql that it runs.
psql_of() { pgrep -P "$1" -x psql; }
# backend: the server's process of the load.
backend() {
	sql postgres "SELECT pid FROM pg_stat_activity
		WHERE datname = '${NAME}_main' AND application_name = 'glb-dbdump load'"
}
# loaded CODE: the load has ended with this status.
loaded() {
	local code=0
	exec 9>&-
	wait "$loader" || code=$?
	loader=
	same "$1" "$code"
}

# aside DB: the schemas that a load has made, but for their objects' names.
aside() {
	sql "${NAME}_$1" "SELECT nspname FROM pg_namespace
		WHERE nspname LIKE 'glb\\_%' ORDER BY 1"
}
# killed_at N VERB...: glb-dbdump is killed while the Nth statement that
# changes a definition runs, psql's not counted.  False if it ended before, by itself.
killed_at() {
	local pid code=0 there=
	sql "${NAME}_main" 'CREATE SCHEMA hook' 'CREATE SEQUENCE hook.n' \
		"CREATE FUNCTION hook.stop() RETURNS event_trigger LANGUAGE plpgsql
		SECURITY DEFINER AS 'BEGIN
		IF current_setting(''application_name'') <> ''glb-dbdump load''
		AND nextval(''hook.n'') = $1 THEN PERFORM pg_sleep(600); END IF; END'" \
		'CREATE EVENT TRIGGER stop ON ddl_command_start EXECUTE FUNCTION hook.stop()'
	glb-dbdump "${@:2}" main <&0 >out 2>err 3>&- &
	pid=$!
	until [ -n "$there" ] || ! kill -0 "$pid" 2>/dev/null; do
		there=$(sql postgres "SELECT pid FROM pg_stat_activity
			WHERE datname = '${NAME}_main' AND wait_event = 'PgSleep'")
	done
	[ -z "$there" ] || kill -KILL "$pid"
	wait "$pid" || code=$?
	sql postgres "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
		WHERE datname = '${NAME}_main'" >terminated
	sql "${NAME}_main" 'SET client_min_messages = error' 'SET lock_timeout = 60000' \
		'DROP EVENT TRIGGER stop' 'DROP SCHEMA hook CASCADE'
	[ "$code" -eq 137 ]
}

# gitlab_size: SQL that makes as much as GitLab 18 has: 1,500 tables, 400 of
# them partitions, with 6,300 indexes, 1,100 sequences and 1,000 foreign keys.
gitlab_size() {
	awk 'BEGIN {
		for (p = 1; p <= 4; p++) {
			t = "part_" p
			print "CREATE TABLE " t " (id bigint, n int, PRIMARY KEY (id, n))" \
				" PARTITION BY LIST (n);"
			print "CREATE INDEX ON " t " (n, id);"
			for (i = 1; i <= 100; i++)
				print "CREATE TABLE gitlab_partitions_dynamic." t "_" i \
					" PARTITION OF " t " FOR VALUES IN (" i ");"
		}
		for (i = 1; i <= 1096; i++) {
			t = "big_" i
			print "CREATE TABLE " t " (id bigserial PRIMARY KEY, a int, b int," \
				" c text, d text);"
			print "CREATE INDEX ON " t " (a); CREATE INDEX ON " t " (b);"
			print "CREATE INDEX ON " t " (c); CREATE INDEX ON " t " (d, a);"
			print "INSERT INTO " t " (a, c) SELECT n, md5(n::text)" \
				" FROM generate_series(1, 3) n;"
			if (i > 90)
				print "ALTER TABLE " t " ADD FOREIGN KEY (b) REFERENCES big_" \
					i - 1 " (id);" > "/dev/stderr"
		}
	}' 2>"$T/keys"
	cat "$T/keys"
}
