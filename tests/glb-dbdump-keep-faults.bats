# glb-dbdump rollback and discard, killed at many moments and run again.
# SPDX-License-Identifier: MIT
load helper
load loading

setup_file() { loading_setup glb_undo; }
teardown_file() { loading_teardown; }
setup() { loading_site; }
teardown() {
	exec 9>&-
	[ -z "${loader-}" ] || kill -9 "$loader" 2>/dev/null || :
}
p='glb-dbdump: database main (glb_undo_main):'

# keep FILE: the main database holds it, and aside what it held before.
keep() { glb-dbdump load --keep-replaced main <"$1" 2>"$T/log" || { cat "$T/log" && return 1; }; }
# state: none, aside, old or drop, and nothing between.
state() {
	local all
	all=$(aside main | sed 's/^glb_\([a-z]*\)_.*/\1/' | sort -u)
	echo "${all:-none}"
}

@test "rollback killed at any moment, and run again: what was there" {
	as_owner main 'CREATE SCHEMA mine' 'CREATE TABLE mine.t AS SELECT 7 AS n'
	contents main >want
	keep "$D/ci.sql"
	n=1 states=
	while killed_at $n rollback; do
		states+=" $(state)"
		try 0 glb-dbdump rollback main
		holds main want
		keep "$D/ci.sql"
		n=$((n < 4 ? n + 1 : n * 2))
	done
	holds main want
	[ $n -gt 100 ]
	same 'old aside' "$(tr ' ' '\n' <<<"${states# }" | uniq | xargs)"
}

@test "rollback killed, then load or clean: they put back what was there" {
	for verb in load clean; do
		keep "$D/ci.sql"
		killed_at 60 rollback
		same aside "$(state)"
		try 1 glb-dbdump discard main
		same "$p a load did not end: the old contents are the only whole ones; run glb-dbdump rollback first" "$(cat err)"
		same aside "$(state)"
		try 1 glb-dbdump dump main
		same '' "$(cat out)"
		same "$p a load has not ended: if it does not run, run glb-dbdump rollback" "$(cat err)"
		[ $verb = load ] || break
		try 3 glb-dbdump load main </dev/null
		same "$p an earlier load did not end: putting back what it has moved aside" "$(head -n 1 err)"
		holds main "$D/main.sql"
	done
	try 0 glb-dbdump clean main
	same "$p an earlier load did not end: putting back what it has moved aside" "$(cat err)"
	same none "$(state)"
}

@test "discard killed at any moment: rollback while all is there, else discard again" {
	keep "$D/ci.sql"
	n=1 states=
	while killed_at $n discard; do
		states+=" $(state)"
		if [ "$(state)" = old ]; then
			try 0 glb-dbdump rollback main
			holds main "$D/main.sql"
		else
			try 1 glb-dbdump rollback main
			same "$p there is no way back: the old contents are already being dropped, the new ones are whole" "$(cat err)"
			same drop "$(state)"
			try 0 glb-dbdump discard main
			same '' "$(cat err)"
			holds main "$D/ci.sql"
		fi
		database glb_undo_main
		keep "$D/ci.sql"
		n=$((n < 4 ? n + 1 : n * 2))
	done
	holds main "$D/ci.sql"
	[ $n -gt 60 ]
	same 'old drop' "$(tr ' ' '\n' <<<"${states# }" | uniq | xargs)"
}

@test "discard killed, then load or clean: they go on with the dropping" {
	for verb in load clean; do
		keep "$D/ci.sql"
		killed_at 20 discard
		same drop "$(state)"
		code=0
		[ $verb = clean ] || code=3
		try $code glb-dbdump $verb main </dev/null
		same none "$(state)"
		[ $verb = clean ] || holds main "$D/ci.sql"
	done
}

@test "a load killed while it drops: discard ends it, or rollback undoes it" {
	killed_at 20 load <"$D/ci.sql"
	same drop "$(state)"
	try 0 glb-dbdump discard main
	holds main "$D/ci.sql"
	killed_at 1 load <"$D/main.sql"
	same old "$(state)"
	try 0 glb-dbdump rollback main
	holds main "$D/ci.sql"
	killed_at 1 load <"$D/main.sql"
	try 0 glb-dbdump discard main
	holds main "$D/main.sql"
}

@test "at work already: status 5 for rollback and discard" {
	head -n 50 "$D/ci.sql" >sql
	loading sql
	for verb in rollback discard; do
		try 5 glb-dbdump $verb main
		same "$p another load or clean is at work on it" "$(cat err)"
	done
	kill -TERM "$loader"
	loaded 143
	holds main "$D/main.sql"
}

@test "a stayed schema's column of an old type: discard refuses, rollback works" {
	as_owner main "CREATE TYPE public.mood AS ENUM ('a')" 'CREATE SCHEMA mine' \
		'CREATE TABLE mine.t (m public.mood)'
	contents main >want
	keep "$D/ci.sql"
	try 1 glb-dbdump discard main
	same "$p mine.t.m has a type of the old contents: drop the schemas glb_old_* by hand" "$(cat err)"
	same old "$(state)"
	try 0 glb-dbdump rollback main
	holds main want
	# An ordinary load says what is left, and that it is loaded.
	try 4 glb-dbdump load main <"$D/ci.sql"
	same "$p loaded, but the old contents are still there: run glb-dbdump discard" "$(tail -n 1 err)"
	same old "$(state)"
}
