# glb-dbdump snapshot: databases held as they were at one moment.
# SPDX-License-Identifier: MIT
load helper
load database

setup_file() {
	database_setup
	database glb_hold_main
	database glb_hold_ci "$SAMPLE_DB_CI"
}
teardown_file() { database_teardown glb_hold_main glb_hold_ci; }

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	site
	connection ci glb_hold_ci
	connection main glb_hold_main
}

# A test that failed must not leave bats waiting for what it started.
teardown() {
	exec 9>&-
	[ -z "${holder-}" ] || kill "$holder" 2>/dev/null || :
}

# hold [DB...]: starts the holding, to end when descriptor 9 is closed; the
# lines are in the file snapshots, the ids in id.
hold() {
	mkfifo stdin stdout
	glb-dbdump snapshot "$@" <stdin >stdout 2>holder 3>&- 9>&- &
	holder=$!
	exec 9>stdin
	# Only a stdout that is closed lets this go on.
	timeout 60 cat stdout >snapshots
	declare -gA id=()
	while IFS=$'\t' read -r db snapshot; do id[$db]=$snapshot; done <snapshots
}
# held CODE: the holding ends with this status.
held() {
	local code=0
	wait "$holder" || code=$?
	holder=
	same "$1" "$code"
}
end() { exec 9>&-; }

# mark NAME DATABASE: a table that says when a dump was taken.
mark() { sql "$2" "SET ROLE $SAMPLE_PGUSER; CREATE TABLE mark_$1 (id integer)"; }
# sees YES|NO NAME DB [OPTION]
sees() {
	try 0 glb-dbdump dump "${@:3}"
	if grep -q "^CREATE TABLE public.mark_$2 " out; then same "$1" yes; else same "$1" no; fi
}
# kill_session DATABASE: as an administrator would.
kill_session() {
	same t "$(sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = '$1' AND application_name = 'glb-dbdump'")"
}

@test "each database has a snapshot, main first, and nothing else is printed" {
	hold
	same $'main\nci' "$(cut -f 1 snapshots)"
	same 2 "$(grep -cE '^[a-z]+	[0-9A-F-]+$' snapshots)"
	end
	held 0
	same '' "$(cat holder)"
}

@test "only the databases that are named, in that order" {
	hold ci
	same ci "$(cut -f 1 snapshots)"
	end
	held 0
	rm stdin stdout
	hold ci main
	same $'ci\nmain' "$(cut -f 1 snapshots)"
	end
	held 0
}

@test "a shared database has one snapshot" {
	site
	connection main glb_hold_main
	connection ci glb_hold_main 'database_tasks: false'
	hold
	same main "$(cut -f 1 snapshots)"
	end
	held 0
}

@test "what comes after the snapshot is in no dump of it, main's or ci's" {
	hold
	mark later glb_hold_main
	mark later glb_hold_ci
	for db in main ci; do
		sees no later $db --snapshot="${id[$db]}"
		sees yes later $db
	done
	end
	held 0
}

@test "rows that were deleted since are still in a dump of the snapshot" {
	hold main
	deleted=$(sql glb_hold_main 'DELETE FROM iterations_cadences RETURNING id' | wc -l)
	[ "$deleted" -gt 10 ]
	rows() { sed -n '/^COPY public.iterations_cadences /,/^\\\.$/p' out | wc -l; }
	try 0 glb-dbdump dump --snapshot="${id[main]}" main
	same $((deleted + 2)) "$(rows)"
	try 0 glb-dbdump dump main
	same 2 "$(rows)"
	end
	held 0
}

@test "held until stdin ends, whatever is written there, and not longer" {
	hold
	seq 100000 >&9
	try 0 glb-dbdump dump --snapshot="${id[ci]}" ci
	end
	held 0
	try 1 glb-dbdump dump --snapshot="${id[ci]}" ci
	same '' "$(cat out)"
	grep -q "invalid snapshot identifier: \"${id[ci]}\"" err
	same 'glb-dbdump: pg_dump of database ci: exit status 1' "$(tail -n 1 err)"
}

@test "time limits of the database do not end the holding" {
	for limit in idle_in_transaction_session_timeout statement_timeout lock_timeout; do
		sql postgres "ALTER DATABASE glb_hold_main SET $limit = '1ms'"
	done
	hold main
	sql postgres 'ALTER DATABASE glb_hold_main RESET ALL'
	# Takes far longer than the limit.
	for _ in 1 2; do
		try 0 glb-dbdump dump --snapshot="${id[main]}" main
	done
	end
	held 0
}

@test "a session that the server ends: its database, the reason, status 1 at once" {
	hold
	kill_session glb_hold_ci
	held 1
	same 'glb-dbdump: database ci (glb_hold_ci): terminating connection due to administrator command' "$(cat holder)"
	try 1 glb-dbdump dump --snapshot="${id[main]}" main
}

@test "a server that is stopped: status 1 at once" {
	server=$(mktemp -d)
	"$sample_site" create "$server" --projects 1 --blobs-mb 1 --rows 0 >log 2>&1
	GITLAB_PATH=$server/gitlab
	hold
	"$sample_site" stop "$server"
	held 1
	same 1 "$(wc -l <holder)"
	grep -q '^glb-dbdump: database \(main\|ci\) (gitlabhq_production\(_ci\)\?): terminating connection due to administrator command$' holder
	"$sample_site" destroy "$server"
}

@test "one database that cannot be reached: nothing is printed, status 1" {
	export GITLAB_BACKUP_CI_PGPORT=1
	try 1 glb-dbdump snapshot </dev/null
	same '' "$(cat out)"
	same 1 "$(wc -l <err)"
	grep -q '^glb-dbdump: database ci (glb_hold_ci): .*: No such file or directory' err
}

@test "stdin closed, stdout closed or full: status 1" {
	try 1 bash -c 'glb-dbdump snapshot <&-'
	same 'glb-dbdump: standard input: Bad file descriptor' "$(cat err)"
	same '' "$(cat out)"
	try 1 bash -c 'glb-dbdump snapshot </dev/null >&-'
	same 'glb-dbdump: standard output: Bad file descriptor' "$(cat err)"
	try 1 bash -c 'glb-dbdump snapshot </dev/null >/dev/full'
	same 'glb-dbdump: standard output: No space left on device' "$(cat err)"
}

@test "the server knows the session by its program and by the database's user" {
	hold main
	same "$SAMPLE_PGUSER|glb-dbdump|idle in transaction" "$(sql postgres \
		"SELECT usename, application_name, state FROM pg_stat_activity
		WHERE datname = 'glb_hold_main' AND state LIKE 'idle%'")"
	end
	held 0
}
