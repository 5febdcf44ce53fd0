# glb-dbdump clean: what GitLab's own task drops, and no more.
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_clean; }
teardown_file() { loading_teardown; }
setup() { loading_site; }

@test "tables, views and partitions go; schema_migrations is empty; twice is once" {
	as_owner main 'INSERT INTO schema_migrations VALUES (1)' \
		'CREATE MATERIALIZED VIEW m AS SELECT 1 AS n'
	for _ in 1 2; do
		try 0 glb-dbdump clean main
		same '' "$(cat out err)"
		same public.schema_migrations "$(sql glb_clean_main "SELECT oid::regclass
			FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace
			NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)" |
			sed 's/^/public./')"
		same 0 "$(sql glb_clean_main 'SELECT count(*) FROM schema_migrations')"
		same 0 "$(sql glb_clean_main "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^gitlab'")"
	done
}

@test "extensions, functions and other schemas stay; other databases, too" {
	as_owner main 'CREATE SCHEMA mine' 'CREATE TABLE mine.t AS SELECT 7 AS n'
	before=$(sql glb_clean_main 'SELECT count(*) FROM pg_proc')
	try 0 glb-dbdump clean main
	same "$before" "$(sql glb_clean_main 'SELECT count(*) FROM pg_proc')"
	same 7 "$(sql glb_clean_main 'TABLE mine.t')"
	holds ci "$D/ci.sql"
}

@test "a dump loads into what was cleaned" {
	try 0 glb-dbdump clean main
	try 0 glb-dbdump load main <"$D/main.sql"
	holds main "$D/main.sql"
}

@test "more tables than the server has locks" {
	many_tables 1500 >sql
	try 0 glb-dbdump load main <sql
	try 0 glb-dbdump clean main
	same '' "$(cat err)"
	same 0 "$(sql glb_clean_main "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")"
}
