# glb-dbdump: which databases there are, and their dumps.
# SPDX-License-Identifier: MIT
load helper
load database

setup_file() {
	database_setup
	database glb_dump_main
	database glb_dump_ci "$SAMPLE_DB_CI"
}
teardown_file() { database_teardown glb_dump_main glb_dump_ci; }

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	site
	connection ci glb_dump_ci
	connection main glb_dump_main
}

# by_hand DATABASE: what pg_dump writes, but for the lines with random tokens.
by_hand() {
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS pg_dump --clean --if-exists -h "$SAMPLE_PGHOST" \
		-p "$SAMPLE_PGPORT" -U "$SAMPLE_PGUSER" "$1" | without_tokens
}
without_tokens() { grep -v '^\\\(un\)\?restrict '; }

# What glb-dbdump always gives to pg_dump.
always=$'<--clean>\n<--if-exists>\n<--exclude-schema=glb_(aside|old|drop)_[so]_*>'

# echo_pg_dump: a pg_dump that writes its arguments, user and password.
echo_pg_dump() {
	fake pg_dump <<-'SH'
		#!/bin/sh
		[ "$1" != --version ] || { echo 'pg_dump (PostgreSQL) 99.1'; exit; }
		printf '<%s>\n' "$@"
		id -un
		echo "PGPASSWORD=$PGPASSWORD PGHOST=$PGHOST"
	SH
}

@test "list: every database that is dumped, main first" {
	try 0 glb-dbdump list
	same $'main\nci' "$(cat out)"
	same '' "$(cat err)"
}

@test "list: no shared database, no replica, no geo, no embedding" {
	site
	connection geo g
	connection embedding e
	connection sec glb_dump_main 'database_tasks: false'
	connection main_replica r 'replica: true'
	connection main glb_dump_main
	try 0 glb-dbdump list
	same main "$(cat out)"
	for name in geo embedding sec main_replica; do
		try 2 glb-dbdump dump "$name"
		same '' "$(cat out)"
		try 2 glb-dbdump snapshot main "$name" </dev/null
		same '' "$(cat out)"
		grep -qx "glb-dbdump: $name: not dumped: .*" err
	done
}

@test "dump: what pg_dump writes, for each database" {
	for db in main ci; do
		try 0 glb-dbdump dump $db
		same '' "$(cat err)"
		without_tokens <out >got
		by_hand glb_dump_$db >want
		[ -s want ]
		cmp want got
		grep -qx -- '-- PostgreSQL database dump complete' got
	done
}

@test "dump: the schemas that are asked for, else those of backup.pg_schema" {
	echo_pg_dump
	try 0 glb-dbdump dump main
	same "$always"$'\n<glb_dump_main>' "$(head -n -2 out)"
	sed -i 's/^  backup:/&\n    pg_schema: public/' gitlab/config/gitlab.yml
	try 0 glb-dbdump dump main
	same "$always
$(printf '<%s>\n' -n public -n gitlab_partitions_dynamic \
		-n gitlab_partitions_static glb_dump_main)" "$(head -n -2 out)"
	try 0 glb-dbdump dump --schema=a --snapshot=0-1 ci --schema b
	same "$always
$(printf '<%s>\n' --snapshot=0-1 -n a -n b glb_dump_ci)" "$(head -n -2 out)"
}

@test "dump: only that schema is in the SQL" {
	try 0 glb-dbdump dump --schema=gitlab_partitions_static main
	grep -q '^CREATE SCHEMA gitlab_partitions_static' out
	run ! grep -q '^CREATE TABLE public\.' out
}

@test "dump: a database whose name looks like a connection string" {
	name=$'host=x \'a\\b\' --clean'
	database "$name"
	site
	connection main "${name//\\/\\\\}" 'keepalives_idle: 30'
	try 0 glb-dbdump dump main
	without_tokens <out >got
	by_hand glb_dump_main >want
	cmp want got
	sql postgres "DROP DATABASE \"$name\""
	# Such names are shown as they are, on one line.
	try 1 glb-dbdump dump main
	grep -qF "glb-dbdump: database main ($name): " err
	same 1 "$(wc -l <err)"
}

@test "dump: settings that libpq has no variable for reach pg_dump, too" {
	echo_pg_dump
	site
	connection main glb_dump_main 'keepalives: 1' 'keepalives_idle: 30'
	try 0 glb-dbdump dump main
	same "<dbname='glb_dump_main' keepalives=1 keepalives_idle=30>" \
		"$(sed -n 4p out)"
}

@test "dump: as root, everything runs as the application's user" {
	echo_pg_dump
	try 0 glb-dbdump dump main
	same "$SAMPLE_USER" "$(tail -n 2 out | head -n 1)"
}

@test "a password is in pg_dump's environment, in no argument, in no message" {
	export GITLAB_BACKUP_PGPASSWORD=only-for-you
	fake pg_dump <<-'SH'
		#!/bin/sh
		[ "$1" != --version ] || { echo 'pg_dump (PostgreSQL) 99.1'; exit; }
		tr '\0' '\n' </proc/$PPID/cmdline
		tr '\0' '\n' </proc/$$/cmdline
		[ "$PGPASSWORD" != only-for-you ] || echo yes
		exit 9
	SH
	try 1 glb-dbdump dump main
	same "$(printf '%s\n' glb-dbdump dump main /bin/sh "$T/fake/pg_dump" \
		--clean --if-exists '--exclude-schema=glb_(aside|old|drop)_[so]_*' \
		glb_dump_main yes)" "$(cat out)"
	GITLAB_BACKUP_PGPORT=1 try 1 glb-dbdump dump main
	run ! grep -q only-for-you err
}

@test "a database that cannot be reached: its name and the reason, status 1" {
	export GITLAB_BACKUP_PGPORT=1
	want="glb-dbdump: database main (glb_dump_main): connection to server on"
	want+=" socket \"$SAMPLE_PGHOST/.s.PGSQL.1\" failed: No such file or"
	want+=" directory Is the server running locally and accepting connections"
	want+=" on that socket?"
	for verb in dump snapshot; do
		try 1 glb-dbdump $verb main </dev/null
		same '' "$(cat out)"
		same "$want" "$(cat err)"
	done
	unset GITLAB_BACKUP_PGPORT
	site
	connection main glb_none
	try 1 glb-dbdump dump main
	same '' "$(cat out)"
	same 'FATAL: database "glb_none" does not exist' "$(sed 's/.*failed: //' err)"
}

@test "overrides mend a wrong port: the name's before all, OVERRIDE_ before BACKUP_" {
	port=$SAMPLE_PGPORT
	site
	SAMPLE_PGPORT=1 connection main glb_dump_main
	mended() { # STATUS NAME=VALUE...
		try "$1" env "${@:2}" glb-dbdump dump --schema=public main
	}
	mended 1 LC_ALL=C
	mended 0 GITLAB_BACKUP_PGPORT="$port"
	mended 0 GITLAB_BACKUP_MAIN_PGPORT="$port" GITLAB_BACKUP_PGPORT=2
	mended 1 GITLAB_BACKUP_MAIN_PGPORT=2 GITLAB_BACKUP_PGPORT="$port"
	mended 1 GITLAB_BACKUP_CI_PGPORT="$port"
	mended 0 GITLAB_OVERRIDE_PGPORT="$port" GITLAB_BACKUP_MAIN_PGPORT=2
	mended 0 GITLAB_OVERRIDE_MAIN_PGPORT="$port" GITLAB_OVERRIDE_PGPORT=2
	mended 1 PGPORT="$port"
}

@test "dump: the caller's service, address and encoding lead nowhere else" {
	printf '[x]\nhost=/nowhere\nport=1\nuser=x\n' >service
	chmod a+rx . && chmod a+r service
	PGSERVICE=x PGSERVICEFILE=$T/service PGHOSTADDR=127.0.0.2 \
		PGCLIENTENCODING=SQL_ASCII try 0 glb-dbdump dump main
	grep -qx "SET client_encoding = 'UTF8';" out
	by_hand glb_dump_main | cmp - <(without_tokens <out)
}

@test "dump: a pg_dump older than the server: status 1, nothing written" {
	server=$(sql postgres 'SHOW server_version')
	says() { # VERSION
		fake pg_dump <<<$'#!/bin/sh\necho "pg_dump (PostgreSQL) '"$1"' (X 1.2)"'
	}
	for version in 9.6.24 $((${server%%.*} - 1)).5 $((${server%%.*} - 1)); do
		says "$version"
		try 1 glb-dbdump dump main
		same '' "$(cat out)"
		same "glb-dbdump: pg_dump $version is older than the server $server: put one that is not first on PATH" "$(cat err)"
	done
	# The same major version will do, and a newer one.
	for version in "${server%%.*}" "${server%%.*}.0" 99beta1; do
		says "$version"
		try 0 glb-dbdump dump main
	done
}

@test "dump: no pg_dump, one that does not know its version, one that fails" {
	try 1 env PATH=/nonexistent "$(command -v glb-dbdump)" dump main
	same 'glb-dbdump: pg_dump: No such file or directory' "$(cat err)"
	fake pg_dump <<<$'#!/bin/sh\necho what'
	try 1 glb-dbdump dump main
	same 'glb-dbdump: pg_dump --version: no version in "what"' "$(cat err)"
	same '' "$(cat out)"
	fake pg_dump <<<$'#!/bin/sh\necho no >&2\nexit 4'
	try 1 glb-dbdump dump main
	same $'no\nglb-dbdump: pg_dump --version: exit status 4' "$(cat err)"
	same '' "$(cat out)"
}

@test "dump: pg_dump that fails or is killed in the middle: status 1" {
	for end in 'exit 7=exit status 7' 'kill -9 $$=killed by signal 9 (Killed)'; do
		fake pg_dump <<-SH
			#!/bin/sh
			[ "\$1" != --version ] || { echo 99.1; exit; }
			echo 'SELECT 1;'
			${end%=*}
		SH
		try 1 glb-dbdump dump main
		same 'SELECT 1;' "$(cat out)"
		same "glb-dbdump: pg_dump of database main: ${end#*=}" "$(cat err)"
	done
}

@test "dump: 200 KB on pg_dump's stderr pass and block nothing" {
	fake pg_dump <<-'SH'
		#!/bin/sh
		[ "$1" != --version ] || { echo 99.1; exit; }
		head -c 200000 /dev/zero | tr '\0' e >&2
		echo done
	SH
	try 0 glb-dbdump dump main
	same 'done' "$(cat out)"
	same 200000 "$(tr -d -c e <err | wc -c)"
}

@test "dump: SIGTERM ends pg_dump, too, and then glb-dbdump by the signal" {
	fake pg_dump <<-'SH'
		#!/bin/sh
		[ "$1" != --version ] || { echo 99.1; exit; }
		echo $$
		exec tail -f /dev/null
	SH
	mkfifo pipe
	glb-dbdump dump main >pipe 2>err 3>&- &
	read -r child <pipe
	kill -TERM $!
	code=0
	wait $! || code=$?
	same 143 $code
	timeout 30 tail --pid="$child" -f /dev/null
}

@test "dump: a full disk, a closed stdout, a reader that is gone: status 1" {
	try 1 bash -c 'glb-dbdump dump main >/dev/full'
	try 1 bash -c 'glb-dbdump dump main >&-'
	try 1 bash -c 'set -o pipefail; glb-dbdump dump main | head -n 1 >/dev/null'
	same 'glb-dbdump: pg_dump of database main: killed by signal 13 (Broken pipe)' "$(tail -n 1 err)"
	try 1 bash -c 'glb-dbdump list >/dev/full'
	same 'glb-dbdump: standard output: No space left on device' "$(cat err)"
}

@test "wrong command lines: status 2, nothing on stdout, a reason" {
	wrong() { # LINE ARGUMENT...
		try 2 glb-dbdump "${@:2}" </dev/null
		same '' "$(cat out)"
		same "glb-dbdump: $1" "$(head -n 1 err)"
	}
	wrong 'no verb given'
	wrong 'dumb: unknown verb; did you mean dump?' dumb
	wrong 'dump: missing argument: DB' dump
	wrong 'ci: unexpected argument' dump main ci
	wrong 'mian: unknown database; did you mean main?' dump mian
	wrong 'other: unknown database; there are: main, ci' dump other
	wrong 'mian: unknown database; did you mean main?' snapshot ci mian
	wrong '--schema: not an option of list' list --schema=x
	wrong '--snapshot: not an option of snapshot' snapshot --snapshot=1
}
