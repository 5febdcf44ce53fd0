#!/usr/bin/env bats
# glb-dbdump load at GitLab's size, with PostgreSQL's default
# max_locks_per_transaction: kept, rolled back and discarded.
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_size; }
teardown_file() { loading_teardown; }
setup() { loading_site; }

@test "1,500 tables: load, load over them, rollback, discard" {
	same 64 "$(sql postgres 'SHOW max_locks_per_transaction')"
	gitlab_size >size.sql
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS psql -X -q -v ON_ERROR_STOP=1 -h "$SAMPLE_PGHOST" \
		-p "$SAMPLE_PGPORT" -U "$SAMPLE_PGUSER" glb_size_main <size.sql
	contents main >big.sql
	sql glb_size_main "UPDATE big_1 SET c = 'later'"
	contents main >later.sql
	[ "$(grep -c '^CREATE TABLE' big.sql)" -gt 1500 ]
	[ "$(grep -cE '^CREATE (UNIQUE )?INDEX|PRIMARY KEY' big.sql)" -gt 6000 ]
	try 0 glb-dbdump load --keep-replaced main <big.sql
	try 0 glb-dbdump rollback main
	holds main later.sql
	try 0 glb-dbdump load --keep-replaced main <big.sql
	try 0 glb-dbdump discard main
	holds main big.sql
	same "" "$(sql glb_size_main "SELECT nspname FROM pg_namespace
		WHERE nspname LIKE 'glb\_%'")"
}
