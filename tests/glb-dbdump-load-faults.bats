# glb-dbdump load that breaks off: the old contents are there.
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_fault; }
teardown_file() { loading_teardown; }
setup() { loading_site; }
teardown() {
	exec 9>&-
	[ -z "${loader-}" ] || kill -9 "$loader" 2>/dev/null || :
}
p='glb-dbdump: database main (glb_fault_main):'

@test "a dump cut at many places: status 3, nothing changed" {
	size=$(stat -c %s "$D/ci.sql")
	for percent in 0 1 20 40 60 80 99; do
		try 3 glb-dbdump load main < <(head -c $((size * percent / 100)) "$D/ci.sql")
		same "$p standard input ends before pg_dump's closing comment" "$(cat err)"
		same '' "$(cat out)"
		holds main "$D/main.sql"
	done
}

@test "a dump that needs several transactions: loads, or puts everything back" {
	many_tables 900 >sql
	try 3 glb-dbdump load main < <(head -n -1 sql)
	holds main "$D/main.sql"
	{ head -n -1 sql && echo 'SELECT 1/0;' && complete; } >bad
	try 1 glb-dbdump load main <bad
	same "$p division by zero: SELECT 1/0;" "$(cat err)"
	holds main "$D/main.sql"
	try 0 glb-dbdump load main <sql
	same '' "$(cat err)"
	same 900 "$(sql glb_fault_main "SELECT count(*) FROM pg_tables WHERE schemaname !~ '^pg_|^inf'")"
}

@test "TERM: the old contents, in one transaction or several, and death by it" {
	for n in 10 900; do
		many_tables $n | grep -v '^--' >sql
		loading sql
		# Even in the middle of a long statement.
		echo 'SELECT pg_sleep(600);' >&9
		until [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity
			WHERE datname = 'glb_fault_main' AND wait_event = 'PgSleep'")" = 1 ]; do :; done
		kill -TERM "$loader"
		timeout 60 tail --pid="$loader" -f /dev/null
		loaded 143
		rm stdin
		holds main "$D/main.sql"
	done
}

@test "psql or the server's process killed: status 1, the old contents" {
	for n in 10 900; do
		many_tables $n | grep -v '^--' >sql
		loading sql
		child=$(psql_of "$loader")
		kill -KILL "$child"
		timeout 60 tail --pid="$child" -f /dev/null
		loaded 1
		same 'glb-dbdump: psql: killed by signal 9 (Killed)' "$(cat err)"
		rm stdin
		holds main "$D/main.sql"
	done
	loading sql
	child=$(psql_of "$loader")
	same t "$(sql postgres "SELECT pg_terminate_backend($(backend))")"
	echo 'SELECT 1;' >&9
	timeout 60 tail --pid="$child" -f /dev/null
	loaded 1
	grep -q 'terminating connection due to administrator command' err
	holds main "$D/main.sql"
}

@test "a commit that is none, whatever psql says: status 1, the old contents" {
	psql=$(command -v psql)
	fake psql <<-SH
		#!/bin/sh
		[ "\$1" != --version ] || exec $psql --version
		sed -u 's/^COMMIT;\$/ROLLBACK;/' | $psql "\$@"
	SH
	try 1 glb-dbdump load main <"$D/ci.sql"
	same "$p psql has ended well, but nothing is loaded" "$(tail -n 1 err)"
	holds main "$D/main.sql"
	fake psql <<-SH
		#!/bin/sh
		[ "\$1" != --version ] || exec $psql --version
		head -c 1 >/dev/null
	SH
	try 1 glb-dbdump load main <"$D/ci.sql"
	same 'glb-dbdump: psql: exit status 0' "$(head -n 1 err)"
	holds main "$D/main.sql"
}

@test "a server that crashes and starts again: status 1, the old contents" {
	for n in 10 900; do
		many_tables $n | grep -v '^--' >sql
		loading sql
		child=$(psql_of "$loader")
		kill -KILL "$(backend)"
		# psql ends at the second one.
		printf 'SELECT %d;\n' 1 2 >&9
		timeout 60 tail --pid="$child" -f /dev/null
		loaded 1
		rm stdin
		until sql postgres 'SELECT 1' >alive 2>&1; do :; done
		holds main "$D/main.sql"
	done
}

@test "KILL: rolled back by the server, or by rollback, load and clean" {
	many_tables 900 | grep -v '^--' >sql
	for verb in rollback load; do
		loading sql
		kill -KILL "$loader"
		loaded 137
		rm stdin
		[ "$(sql glb_fault_main "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^glb_aside_'")" -gt 0 ]
		code=0
		[ $verb = rollback ] || code=3
		try $code glb-dbdump $verb main </dev/null
		holds main "$D/main.sql"
	done
	try 0 glb-dbdump rollback main
	same '' "$(cat err)"
	holds main "$D/main.sql"
}

@test "one load at a time: status 5" {
	head -n 50 "$D/ci.sql" >sql
	loading sql
	for verb in load clean rollback; do
		try 5 glb-dbdump $verb main </dev/null
		same "$p another load or clean is at work on it" "$(cat err)"
	done
	kill -TERM "$loader"
	loaded 143
	holds main "$D/main.sql"
}

@test "stdin closed, no psql, no such database, wrong command lines" {
	try 1 bash -c 'glb-dbdump load main <&-'
	same 'glb-dbdump: standard input: Bad file descriptor' "$(cat err)"
	try 1 env PATH=/nonexistent "$(command -v glb-dbdump)" load main <"$D/ci.sql"
	same 'glb-dbdump: psql: No such file or directory' "$(cat err)"
	try 2 glb-dbdump load --on-error=no main <"$D/ci.sql"
	try 2 glb-dbdump load mian <"$D/ci.sql"
	try 2 glb-dbdump clean
	GITLAB_BACKUP_PGPORT=1 try 1 glb-dbdump load main <"$D/ci.sql"
	holds main "$D/main.sql"
}
