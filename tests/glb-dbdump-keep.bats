# glb-dbdump load --keep-replaced: back by rollback, on by discard.
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_keep; }
teardown_file() { loading_teardown; }
setup() { loading_site; }
p='glb-dbdump: database main (glb_keep_main):'

# keep FILE: the main database holds it, and aside what it held before.
keep() {
	try 0 glb-dbdump load --keep-replaced main <"$1"
	[ "$(aside main | head -n 1)" = glb_old_o_public ]
}
without_tokens() { grep -v '^\\\(un\)\?restrict '; }

@test "kept, then rolled back: what was there, in one transaction or several" {
	many_tables 10 >few
	many_tables 900 >many
	for sql in "$D/ci.sql" few many; do
		keep "$sql"
		try 0 glb-dbdump rollback main
		same '' "$(cat out err)"
		holds main "$D/main.sql"
	done
}

@test "more tables kept than the server has locks for a load: rolled back" {
	many_tables 900 >many
	glb-dbdump load main <many
	contents main >want
	keep "$D/main.sql"
	try 0 glb-dbdump rollback main
	holds main want
}

@test "kept, then discarded: what was loaded, and nothing else" {
	many_tables 900 >many
	glb-dbdump load main <many
	for sql in "$D/ci.sql" "$D/main.sql"; do
		keep "$sql"
		try 0 glb-dbdump discard main
		same '' "$(cat out err)"
		holds main "$sql"
		same '' "$(aside main)"
	done
}

@test "nothing is kept: rollback and discard do nothing, status 0" {
	for verb in rollback discard; do
		try 0 glb-dbdump $verb main
		same '' "$(cat out err)"
		holds main "$D/main.sql"
	done
}

@test "the new contents are analyzed at once" {
	keep "$D/main.sql"
	same t "$(sql glb_keep_main "SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'public' AND tablename = 'users'")"
}

@test "every kind of object comes back" {
	as_owner main "$(cat "$BATS_TEST_DIRNAME/data/kinds.sql")" \
		'CREATE TYPE public.span AS RANGE (subtype = int4)' \
		'CREATE TABLE public.spans (s span, m span_multirange)'
	contents main >want
	# Large objects are not moved: they stay as the dump made them.
	for sql in "$D/ci.sql" "$D/main.sql"; do
		keep "$sql"
		try 0 glb-dbdump rollback main
		holds main want
	done
	keep "$D/ci.sql"
	as_owner main 'DROP SCHEMA other CASCADE'
	try 0 glb-dbdump discard main
	same '' "$(aside main)"
	same 0 "$(sql glb_keep_main "SELECT count(*) FROM pg_type WHERE typname ~ 'mood|span'")"
}

@test "schemas and extensions: old ones come back, new ones go, others stay" {
	as_owner main 'CREATE SCHEMA mine' 'CREATE TABLE mine.t AS SELECT 7 AS n' \
		'CREATE SCHEMA shared' 'CREATE TABLE shared.t AS SELECT 8 AS n'
	sql glb_keep_main "CREATE FUNCTION shared.theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'"
	contents main >want
	{
		echo 'CREATE SCHEMA fresh;'
		echo 'CREATE EXTENSION hstore WITH SCHEMA public;'
		echo 'CREATE TABLE fresh.t (h public.hstore);'
		cat "$D/ci.sql"
	} >sql
	for verb in rollback discard; do
		keep sql
		same 7,8 "$(sql glb_keep_main 'SELECT a.n, b.n FROM mine.t a, shared.t b' | tr '|' ,)"
		same t "$(sql glb_keep_main "SELECT to_regclass('fresh.t') IS NOT NULL")"
		try 0 glb-dbdump $verb main
		[ $verb != rollback ] || holds main want
	done
	same 7,8 "$(sql glb_keep_main 'SELECT a.n, b.n FROM mine.t a, shared.t b' | tr '|' ,)"
	same '' "$(aside main)"
	as_owner main 'DROP SCHEMA mine CASCADE' 'DROP SCHEMA fresh CASCADE' \
		'DROP TABLE shared.t' 'DROP EXTENSION hstore'
	sql glb_keep_main 'DROP SCHEMA shared CASCADE'
	holds main "$D/ci.sql"
}

@test "what was made after the load goes with it" {
	keep "$D/ci.sql"
	as_owner main 'CREATE TABLE public.later AS SELECT 1 AS n' \
		'CREATE SCHEMA afterwards' 'CREATE VIEW afterwards.v AS TABLE public.later'
	try 0 glb-dbdump rollback main
	holds main "$D/main.sql"
}

@test "the next load drops what is kept; clean leaves it, and says so" {
	keep "$D/ci.sql"
	keep "$D/ci.sql"
	try 0 glb-dbdump clean main
	same "$p what a load has replaced is kept, and stays: run glb-dbdump rollback or discard" "$(cat err)"
	same schema_migrations "$(sql glb_keep_main "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")"
	try 0 glb-dbdump rollback main
	holds main "$D/ci.sql"
}

@test "dump: the contents alone, whatever a load has kept or dropped" {
	for schemas in '' --schema=public; do
		# shellcheck disable=SC2086 # no option is no word
		glb-dbdump dump $schemas ci | without_tokens >want
		keep "$D/ci.sql"
		# shellcheck disable=SC2086
		try 0 glb-dbdump dump $schemas main
		without_tokens <out | cmp want -
		sql glb_keep_main 'ALTER SCHEMA glb_old_o_public RENAME TO glb_drop_o_public'
		# shellcheck disable=SC2086
		try 0 glb-dbdump dump $schemas main
		without_tokens <out | cmp want -
		database glb_keep_main
	done
}

@test "dump: what pg_dump would write without us, of every kind of object" {
	as_owner main "$(cat "$BATS_TEST_DIRNAME/data/kinds.sql")" \
		'CREATE SCHEMA glb' 'CREATE TABLE glb.t (glb_old_s_x int)' \
		'CREATE TABLE public.glb_aside_o_x (n int)' \
		'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC'
	sql glb_keep_main 'CREATE PUBLICATION p FOR ALL TABLES' \
		"CREATE FUNCTION public.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'" \
		'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.e()'
	contents main >want
	try 0 glb-dbdump dump main
	without_tokens <out | cmp want -
}

@test "rollback without the note of what stayed: refused, nothing done" {
	as_owner main 'CREATE SCHEMA mine' 'CREATE TABLE mine.t AS SELECT 7 AS n'
	keep "$D/ci.sql"
	as_owner main 'COMMENT ON SCHEMA glb_old_o_public IS NULL'
	try 1 glb-dbdump rollback main
	grep -qF "$p ERROR: the comment of schema glb_old_o_public is gone" err
	same 7 "$(sql glb_keep_main 'TABLE mine.t')"
	grep -qx glb_old_o_public <(aside main)
}
