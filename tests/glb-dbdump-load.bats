# glb-dbdump load: a database becomes what a dump says.
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_load; }
teardown_file() { loading_teardown; }
setup() { loading_site; }

# harmless [DB]: the one line of a load that went well.
harmless() {
	same "glb-dbdump: database ${1-main} (glb_load_${1-main}): 2 harmless messages, the first: must be owner of extension btree_gist" "$(cat err)"
}
# start_with FILE: the main database holds it.
start_with() { glb-dbdump load main <"$1" 2>"$T/log" || { cat "$T/log" && return 1; }; }

@test "a dump, loaded over other contents, and dumped again: equal" {
	for db in main ci main; do
		glb-dbdump dump $db >sql
		try 0 glb-dbdump load main <"$D/ci.sql"
		holds main "$D/ci.sql"
		try 0 glb-dbdump load main <"$D/main.sql"
		holds main "$D/main.sql"
		same '' "$(cat out)"
		harmless
		try 0 glb-dbdump load $db <sql
		harmless $db
	done
	holds ci "$D/ci.sql"
}

@test "a dump into an empty database, extensions there and not" {
	for extensions in pg_trgm,btree_gist ''; do
		sql postgres 'DROP DATABASE glb_load_main' \
			"CREATE DATABASE glb_load_main OWNER $SAMPLE_PGUSER"
		for e in ${extensions//,/ }; do sql glb_load_main "CREATE EXTENSION $e"; done
		try 0 glb-dbdump load main <"$D/main.sql"
		holds main "$D/main.sql"
	done
	# These two a database's owner may make, and then they are his.
	same '' "$(cat err)"
}

@test "every kind of object and value comes back, and nothing that was there stays" {
	as_owner main "$(cat "$BATS_TEST_DIRNAME/data/kinds.sql")"
	glb-dbdump dump main >kinds
	contents main >want
	grep -q '^SELECT pg_catalog.lo_open' kinds
	as_owner main 'DROP SCHEMA other CASCADE'
	start_with "$D/ci.sql"
	start_with kinds
	grep -v 'lo_\|^COMMIT\|^BEGIN\|BLOB\|LARGE OBJECT' want >want2
	contents main | grep -v 'lo_\|^COMMIT\|^BEGIN\|BLOB\|LARGE OBJECT' | cmp want2 -
	same 42 "$(sql glb_load_main 'SELECT last_value FROM free_seq')"
	as_owner main 'DROP SCHEMA other CASCADE'
	start_with "$D/main.sql"
	same 0 "$(sql glb_load_main "SELECT count(*) FROM pg_type WHERE typname IN ('mood', 'pos')")"
}

@test "a schema that the dump does not bring stays as it was" {
	as_owner main 'CREATE SCHEMA mine' 'CREATE TABLE mine.t AS SELECT 7 AS n'
	try 0 glb-dbdump load main <"$D/main.sql"
	same 7 "$(sql glb_load_main 'TABLE mine.t')"
	as_owner main 'DROP SCHEMA mine CASCADE'
	holds main "$D/main.sql"
	# But the partitions are parts of tables that are gone.
	many_tables 1 >sql
	try 0 glb-dbdump load main <sql
	same '' "$(sql glb_load_main "SELECT nspname FROM pg_namespace WHERE nspname ~ '^gitlab'")"
}

@test "what belongs to others stays, and does not stop a load" {
	sql glb_load_main 'CREATE FUNCTION public.lookup() RETURNS int LANGUAGE sql AS $$SELECT 1$$'
	contents main >with
	try 0 glb-dbdump load main <"$D/main.sql"
	holds main with
	sql glb_load_main 'DROP FUNCTION public.lookup()'
}

@test "lines of other releases: restrict, transaction_timeout, schema public" {
	{
		printf '%s\n' '\restrict x1' 'SET transaction_timeout = 0;' \
			'DROP SCHEMA IF EXISTS public;' 'CREATE SCHEMA public;'
		cat "$D/main.sql"
		echo '\unrestrict x1'
	} >sql
	try 0 glb-dbdump load main <sql
	harmless
	holds main "$D/main.sql"
}

@test "foreign owners and rights, and drops without IF EXISTS, are harmless" {
	sed -e "s/ OWNER TO $SAMPLE_PGUSER;/ OWNER TO nobody_here;/" \
		-e "/^ALTER TABLE public.users OWNER/s/nobody_here/$SAMPLE_PGSUPERUSER/" \
		-e 's/^DROP TABLE IF EXISTS/DROP TABLE/' "$D/main.sql" >sql
	echo 'GRANT SELECT ON TABLE public.users TO nobody_here;' >>sql
	complete >>sql
	try 0 glb-dbdump load main <sql
	same 1 "$(wc -l <err)"
	grep -q '^glb-dbdump: database main (glb_load_main): [0-9]* harmless messages, the first: table "users" does not exist$' err
	holds main "$D/main.sql"
}

@test "what does not exist, but should, is an error" {
	{
		echo 'CREATE TRIGGER t BEFORE INSERT ON public.nothing EXECUTE FUNCTION f();'
		complete
	} >sql
	try 1 glb-dbdump load main <sql
	same 'glb-dbdump: database main (glb_load_main): relation "public.nothing" does not exist: CREATE TRIGGER t BEFORE INSERT ON public.nothing EXECUTE FUNCTION f();' "$(cat err)"
	holds main "$D/main.sql"
	printf '%s\n' 'CREATE TABLE public.one (n integer PRIMARY KEY);' \
		'INSERT INTO public.one VALUES (1), (1);' >sql
	complete >>sql
	try 1 glb-dbdump load main <sql
	same 'glb-dbdump: database main (glb_load_main): duplicate key value violates unique constraint "one_pkey" (Key (n)=(1) already exists.): INSERT INTO public.one VALUES (1), (1);' "$(cat err)"
}

@test "psql: its own file is not read, what it does not understand is an error" {
	psql=$(command -v psql)
	echo "\\! touch $T/evil" >psqlrc
	PSQLRC=$T/psqlrc try 0 glb-dbdump load main <"$D/ci.sql"
	[ ! -e evil ]
	fake psql <<-SH
		#!/bin/sh
		[ "\$1" = --version ] || echo 'invalid command x' >&2
		exec $psql "\$@"
	SH
	try 1 glb-dbdump load main <"$D/main.sql"
	same 'glb-dbdump: database main (glb_load_main): invalid command x' "$(cat err)"
	holds main "$D/ci.sql"
}

@test "the dump's tables are analyzed" {
	start_with "$D/ci.sql"
	start_with "$D/main.sql"
	same t "$(sql glb_load_main "SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'public' AND tablename = 'users'")"
	same '' "$(sql glb_load_main "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'glb\_%'")"
}

@test "continue: goes on after errors, names and counts them, status 4" {
	{
		echo 'SELECT 1/0;'
		cat "$D/main.sql"
		echo 'CREATE TABLE public.users (id integer);'
		complete
	} >sql
	try 4 glb-dbdump load --on-error=continue main <sql
	p='glb-dbdump: database main (glb_load_main):'
	same "$p division by zero: SELECT 1/0;
$p relation \"users\" already exists: CREATE TABLE public.users (id integer);
$p 2 harmless messages, the first: must be owner of extension btree_gist
$p loaded, but 2 statements failed" "$(cat err)"
	holds main "$D/main.sql"
	# Without it, the first one ends the load.
	for option in '' --on-error=stop; do
		# shellcheck disable=SC2086 # no option is no word
		try 1 glb-dbdump load $option main <sql
		same "$p division by zero: SELECT 1/0;" "$(cat err)"
		holds main "$D/main.sql"
	done
}

@test "continue: rows that cannot be copied end the load all the same" {
	for copy in 'COPY public.nothing (id) FROM stdin;' \
		'COPY public.shards (id) FROM stdin;'; do
		printf '%s\n' "$copy" 'x' "\\! touch $T/evil" '\.' >sql
		cat "$D/ci.sql" >>sql
		try 1 glb-dbdump load --on-error=continue main <sql
		same 1 "$(wc -l <err)"
		holds main "$D/main.sql"
		[ ! -e evil ]
	done
}

@test "commands to psql, of transactions, unknown forms of COPY: 3, nothing done" {
	hostile() { # REASON LINE
		{ cat "$D/ci.sql" && printf '%s\n' "$2" && complete; } >sql
		try 3 glb-dbdump load main <sql
		same "glb-dbdump: standard input: line $(($(wc -l <"$D/ci.sql") + 1)): $1" "$(cat err)"
		holds main "$D/main.sql"
		[ ! -e evil ]
	}
	hostile 'a command to psql' "\\! touch $T/evil"
	hostile 'a command to psql' "SELECT 'x' \\g |touch $T/evil"
	hostile 'a statement about transactions' 'COMMIT;SELECT 1;'
	hostile "COPY of another form than pg_dump's" "COPY t FROM PROGRAM 'touch $T/evil';"
}

@test "a string that psql reads otherwise than it stands there runs nothing" {
	cat >sql <<-SQL
		DO \$\$BEGIN PERFORM set_config('standard_conforming'||'_strings', 'off', false); END\$\$;
		SELECT '\\' AS a, '
		\! touch $T/evil
		' AS b;
		SELECT 1;
	SQL
	complete >>sql
	try 3 glb-dbdump load main <sql
	same 'glb-dbdump: database main (glb_load_main): standard input: psql sees no end of a string' "$(tail -n 1 err)"
	[ ! -e evil ]
	holds main "$D/main.sql"
}

@test "a password is in psql's environment, in no argument, in no message" {
	export GITLAB_BACKUP_PGPASSWORD=only-for-you
	psql=$(command -v psql)
	fake psql <<-SH
		#!/bin/sh
		[ "\$1" != --version ] || { echo 'psql (PostgreSQL) 15.20'; exit; }
		tr '\\0' '\\n' </proc/\$PPID/cmdline >&2
		tr '\\0' '\\n' </proc/\$\$/cmdline >&2
		[ "\$PGPASSWORD" != only-for-you ] || echo 'WARNING:  given' >&2
		exec $psql "\$@"
	SH
	try 0 glb-dbdump load main <"$D/main.sql"
	grep -q '3 harmless messages, the first: given' err
	run ! grep -q only-for-you err
}

@test "an older psql, which does not know restrict, loads the same" {
	psql=$(command -v psql)
	start_with "$D/ci.sql"
	for version in 15.10=0 15.14=1; do
		fake psql <<-SH
			#!/bin/sh
			[ "\$1" != --version ] || { echo 'psql (PostgreSQL) ${version%=*}'; exit; }
			tee $T/fed | $psql "\$@"
		SH
		chmod a+w .
		try 0 glb-dbdump load main <"$D/main.sql"
		harmless
		holds main "$D/main.sql"
		same "${version#*=}" "$(grep -c '^\\restrict' fed | sed 's/[1-9].*/1/')"
		rm -f fed
	done
}
