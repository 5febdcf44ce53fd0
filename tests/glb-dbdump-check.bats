# glb-dbdump check: can a database be loaded?
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_check; }
teardown_file() { loading_teardown; }
setup() { loading_site; }
teardown() {
	exec 9>&-
	[ -z "${loader-}" ] || kill -9 "$loader" 2>/dev/null || :
	[ ! -e standby/postmaster.pid ] || control -m immediate stop
}
p='glb-dbdump: database main (glb_check_main):'

# problems [LINE...]: these and no others are main's, in JSON and on stderr.
problems() {
	local want=${1-}
	[ $# -eq 0 ] || want=$(printf '%s\n' "$@")
	try $(($# > 0)) glb-dbdump check main
	same "$want" "$(jq -r '.problems[]' out)"
	same "$want" "$(sed "s/^${p//[()]/.} //" err)"
	same "$#" "$(grep -cF "$p " err)"
}
# foreign LINE: this belongs to others, which is no problem but is told.
foreign() {
	try 4 glb-dbdump check main
	same "$1" "$(jq -r '.foreign[]' out)"
	same '[]' "$(jq -c .problems out)"
	same "$p $1" "$(cat err)"
}
# session USER APPLICATION: one that stays until the test ends.
session() {
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS env PGAPPNAME="$2" psql -X -h "$SAMPLE_PGHOST" -p "$SAMPLE_PGPORT" \
		-U "$1" -d glb_check_main -c 'SELECT pg_sleep(600)' </dev/null >/dev/null 2>&1 3>&- &
}
# sessions N: so many are there.
sessions() {
	until [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity
		WHERE datname = 'glb_check_main' AND wait_event = 'PgSleep'")" = "$1" ]; do :; done
}

@test "no problem: an object for each database that is dumped, status 0" {
	try 0 glb-dbdump check
	same '' "$(cat err)"
	server=$(sql postgres 'SHOW server_version')
	for db in main ci; do
		bytes=$(sql postgres "SELECT pg_database_size('glb_check_$db')")
		same "{\"database\":\"$db\",\"name\":\"glb_check_$db\",\"server\":\"${server%% *}\",\"bytes\":$bytes,\"aside\":\"none\",\"sessions\":[],\"n_sessions\":0,\"foreign\":[],\"problems\":[]}" \
			"$(grep "\"$db\"" out)"
	done
	same $'main\nci' "$(jq -r .database out)"
	try 0 glb-dbdump check ci
	same ci "$(jq -r .database out)"
	try 2 glb-dbdump check ci mian
	same '' "$(cat out)"
	same 'glb-dbdump: mian: unknown database; did you mean main?' "$(cat err)"
	holds main "$D/main.sql"
}

@test "a database that cannot be reached: only its names and the reason" {
	sed -i 's/glb_check_ci/glb_check_none/' "$GITLAB_PATH/config/database.yml"
	try 1 glb-dbdump check
	same '["database","name","problems"]' "$(sed -n 2p out | jq -c keys)"
	reason=$(sed -n 2p out | jq -r '.problems[]')
	same 'FATAL: database "glb_check_none" does not exist' "${reason#*failed: }"
	same "glb-dbdump: database ci (glb_check_none): $reason" "$(cat err)"
	same '[]' "$(head -n 1 out | jq -c .problems)"
}

@test "somebody else's database: no schemas, nothing in public" {
	sql postgres 'ALTER DATABASE glb_check_main OWNER TO postgres'
	problems 'user gitlab may not create schemas in it' \
		'user gitlab may not create objects in schema public'
	try 1 glb-dbdump load main <"$D/main.sql"
	sql glb_check_main "GRANT CREATE ON DATABASE glb_check_main TO $SAMPLE_PGUSER"
	problems 'user gitlab may not create objects in schema public'
	try 1 glb-dbdump load main <"$D/main.sql"
	sql glb_check_main "GRANT CREATE ON SCHEMA public TO $SAMPLE_PGUSER"
	problems
	try 0 glb-dbdump load main <"$D/main.sql"
}

@test "a schema without the right to use it" {
	sql glb_check_main 'CREATE SCHEMA s' "CREATE TABLE s.t (n int)" \
		"ALTER TABLE s.t OWNER TO $SAMPLE_PGUSER" 'CREATE SCHEMA unused' \
		'CREATE TABLE unused.t (n int)' \
		"GRANT CREATE ON SCHEMA s TO $SAMPLE_PGUSER"
	problems 'user gitlab may not create objects in schema s' \
		'schema s belongs to postgres'
	sql glb_check_main "ALTER SCHEMA s OWNER TO $SAMPLE_PGUSER"
	problems
}

@test "GitLab's own schema of somebody else" {
	sql glb_check_main 'ALTER SCHEMA gitlab_partitions_static OWNER TO postgres'
	problems 'user gitlab may not create objects in schema gitlab_partitions_static' \
		'schema gitlab_partitions_static belongs to postgres'
	try 1 glb-dbdump load main <"$D/main.sql"
}

@test "objects of others: the first is named, the rest counted; a role's are ours" {
	sql glb_check_main 'CREATE FUNCTION public.f(a int) RETURNS int LANGUAGE sql AS $$SELECT 1$$'
	foreign 'function public.f(integer) belongs to postgres'
	sql glb_check_main 'CREATE VIEW public."a b" AS SELECT 1' \
		'CREATE TYPE public.mood AS ENUM ()' 'CREATE SEQUENCE public.s'
	foreign 'view public."a b" belongs to postgres, and 3 more belong to others'
	sql glb_check_main 'CREATE ROLE glb_check_other' \
		'DROP VIEW public."a b"' 'DROP TYPE public.mood' 'DROP SEQUENCE public.s' \
		'ALTER FUNCTION public.f(int) OWNER TO glb_check_other'
	foreign 'function public.f(integer) belongs to glb_check_other'
	sql postgres "GRANT glb_check_other TO $SAMPLE_PGUSER"
	problems
	sql glb_check_main 'DROP OWNED BY glb_check_other' 'DROP ROLE glb_check_other'
}

@test "a name that leaves no room for glb_aside_s_" {
	as_owner main "CREATE SCHEMA $(printf 's%.0s' {1..51})"
	problems
	long=$(printf 's%.0s' {1..52})
	as_owner main "CREATE SCHEMA $long"
	problems "schema $long has too long a name"
	try 1 glb-dbdump load main <"$D/main.sql"
	grep -qF "schema $long: the name is too long" err
	# Bytes count, not letters.
	wide=$(printf 'é%.0s' {1..26})
	as_owner main "ALTER SCHEMA $long RENAME TO $wide"
	problems "schema \"$wide\" has too long a name"
	try 1 glb-dbdump load main <"$D/main.sql"
	grep -qF "schema $wide: the name is too long" err
}

# pg PROGRAM ARGUMENT...: one of the server's, as the site's user.
pg() {
	local all=(/usr/lib/postgresql/*/bin)
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS "${all[-1]}/$1" "${@:2}" >>log 2>&1 3>&-
}
control() {
	pg pg_ctl -D standby -w -o "-k '$T' -c listen_addresses= -c fsync=off" "$@"
}
@test "a standby" {
	chmod a+rwx .
	pg initdb -D standby -U "$SAMPLE_PGUSER" --no-sync --auth=trust
	# What was started as a primary can go on as a standby, even of nobody.
	control start && control -m fast stop
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS touch standby/standby.signal
	control start
	sed -i 's/glb_check_main/postgres/' "$GITLAB_PATH/config/database.yml"
	p=${p/glb_check_main/postgres}
	GITLAB_BACKUP_PGHOST=$T GITLAB_BACKUP_PGPORT=5432 \
		problems 'it is a standby, which can only be read'
	control -m immediate stop
}

@test "a database that can only be read" {
	sql postgres 'ALTER DATABASE glb_check_main SET default_transaction_read_only = on'
	problems 'it can only be read: default_transaction_read_only is on'
	try 1 glb-dbdump load main <"$D/main.sql"
	sql postgres 'ALTER DATABASE glb_check_main RESET default_transaction_read_only'
	problems
}

@test "a query that fails is a problem, once" {
	sql glb_check_main 'REVOKE EXECUTE ON FUNCTION pg_database_size(name) FROM PUBLIC'
	problems 'ERROR: permission denied for function pg_database_size'
}

@test "no psql, or one that does not run" {
	PATH=/nonexistent try 1 "$(command -v glb-dbdump)" check main
	same "$p there is no psql on PATH" "$(cat err)"
	same '["there is no psql on PATH"]' "$(jq -c .problems out)"
	fake psql <<<$'#!/bin/sh\nexit 4'
	try 1 glb-dbdump check main
	same "glb-dbdump: psql --version: exit status 4
$p psql cannot be run" "$(cat err)"
	same '["psql cannot be run"]' "$(jq -c .problems out)"
}

@test "a server that is older than those we know" {
	# All that a server says to let a client in, and its version.
	perl -MIO::Socket::UNIX -e '
		my $l = IO::Socket::UNIX->new(Local => ".s.PGSQL.1", Listen => 1) or die;
		$_ = "server_version\0" . "10.23 (Debian)\0";
		$| = 1;
		print "ready\n";
		my $c = $l->accept;
		sysread $c, my $hello, 1000;
		print $c pack("aNN", "R", 8, 0), pack("aN", "S", 4 + length), $_,
			pack("aNa", "Z", 5, "I");
		$c->flush;
		sysread $c, $hello, 1000;
	' >ready 3>&- &
	until grep -q ready ready; do :; done
	chmod a+rwx . .s.PGSQL.1
	GITLAB_BACKUP_PGHOST=$T GITLAB_BACKUP_PGPORT=1 \
		problems 'the server is older than PostgreSQL 11'
	same '["10.23",null]' "$(jq -c '[.server, .bytes]' out)"
	wait $!
}

@test "another load at work; and what it has left aside" {
	same none "$(glb-dbdump check main | jq -r .aside)"
	many_tables 900 | grep -v '^--' >sql
	loading sql
	problems 'another load or clean is at work on it'
	same unfinished "$(jq -r .aside out)"
	same "glb-dbdump glb-dbdump load" "$(jq -r '.sessions[].application' out | sort | xargs)"
	same '[]' "$(glb-dbdump check ci | jq -c .problems)"
	kill -KILL "$loader"
	loaded 137
	backend=$(backend)
	[ -z "$backend" ] || sql postgres "SELECT pg_terminate_backend($backend, 60000)"
	problems
	same unfinished "$(jq -r .aside out)"
	glb-dbdump rollback main
	holds main "$D/main.sql"
}

@test "what is kept, and what is left of it" {
	glb-dbdump load --keep-replaced main <"$D/ci.sql"
	problems
	same kept "$(jq -r .aside out)"
	killed_at 20 discard
	problems
	same dropping "$(jq -r .aside out)"
}

@test "sessions of others are listed, at most 20, and counted; no problem" {
	session "$SAMPLE_PGUSER" 'puma: cluster worker'
	session "$SAMPLE_PGSUPERUSER" 'sidekiq "1"'
	sessions 2
	problems
	same '["gitlab","puma: cluster worker"]
["postgres","sidekiq \"1\""]' "$(jq -c '.sessions[] | [.user, .application]' out | sort)"
	same "$(sql postgres "SELECT pid FROM pg_stat_activity WHERE datname = 'glb_check_main' ORDER BY 1")" \
		"$(jq '.sessions[].pid' out | sort -n)"
	for ((i = 2; i < 23; i++)); do session "$SAMPLE_PGUSER" "w$i"; done
	sessions 23
	problems
	same '20 23' "$(jq -r '"\(.sessions | length) \(.n_sessions)"' out)"
}
