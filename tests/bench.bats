#!/usr/bin/env bats
# scripts/bench: a quick run gives a table, JSON and a drawing.  What they say of
# speed is nobody's business here.
# SPDX-License-Identifier: MIT
load helper

# One quick run for all tests, with a pigz that writes something else and
# without bsdtar.
setup_file() {
	export RUN=$BATS_FILE_TMPDIR/bench
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	mkdir -p "$BATS_FILE_TMPDIR/bin"
	printf '#!/bin/sh\ncat\n' >"$BATS_FILE_TMPDIR/bin/pigz"
	chmod 755 "$BATS_FILE_TMPDIR/bin/pigz"
	PATH=$BATS_FILE_TMPDIR/bin:$PATH bench --quick --dir "$RUN" \
		>"$RUN.out" 2>"$RUN.err" 3>&- || cat "$RUN.err"
}
teardown_file() {
	local site
	for site in "$RUN"/corpora/site-*/; do
		[ ! -e "$site/.sample-site" ] ||
			"$BATS_TEST_DIRNAME/../scripts/sample-site" destroy "$site"
	done
}
bench() { "$BATS_TEST_DIRNAME/../scripts/bench" "$@"; }
of() { jq -e "$1" "$RUN/results/bench.json"; }

@test "every row of ours has been measured, or says why not" {
	of '[.comparisons[].rows[] | select(.who == "ours")] | length > 20'
	same '"not measured: only root, and not a quick run, drops the caches"' \
		"$(of '[.comparisons[].rows[] | select(.who == "ours" and .state != "ok")
			.state] | unique[]')"
	of '[.comparisons[].rows[] | select(.state == "ok")] | all(.wall.median > 0 and
		.cpu.median >= 0 and .peak_kib > 0 and .wall.min <= .wall.max)'
}

@test "every comparison with times has ratios to its reference" {
	of '[.comparisons[] | select(.rows[0].state == "ok")] | all(
		[.rows[] | select(.who == "reference")][0].ratio.median == 1)'
}

@test "a peer whose output is wrong has no time, and says so" {
	of '[.comparisons[].rows[] | select(.label == "pigz -1 -p'"$(nproc)"'")] | length == 2
		and all((.state | startswith("wrong output: ")) and .runs == [])'
	grep -q '^  pigz -1 -p[0-9]*: wrong output: ' "$RUN/results/bench.txt"
}

@test "the table that is printed is the one that is kept" {
	cmp "$RUN.out" "$RUN/results/bench.txt"
	grep -q '^> glb-gzip -1  ' "$RUN.out"
}

@test "the drawing is XML, with a panel for each comparison" {
	python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
		"$RUN/results/bench.svg"
	same "$(of '.comparisons | length')" \
		"$(grep -c 'class="panel"' "$RUN/results/bench.svg")"
}

@test "nothing runs when it has ended, and nothing is left but corpora and results" {
	same "corpora lock results" "$(cd "$RUN" && echo *)"
	run ! pgrep -f "postgres -D $RUN/"
}

@test "corpora are the same each time; growth tells the exponents" {
	try 0 bench --quick --dir "$T/a" --only=pack --growth=1,4
	same '[1,4] [1,4]' "$(jq -c '.growth[] | select(.who == "ours").factors' \
		"$T/a/results/bench.json" | xargs)"
	cmp "$RUN/corpora/small-200.tar" "$T/a/corpora/small-200.tar"
	cmp "$RUN/corpora/blobs-1048576.tar" "$T/a/corpora/blobs-1048576.tar"
}

# noted LINE...: results as bench notes them, words for tabs; what is made of it
noted() {
	printf '%s\n' "$@" | tr ' ' '\t' >noted
	mkdir -p made
	"$BATS_TEST_DIRNAME/../scripts/measure/report" noted made >/dev/null
}
facts=('fact date D' 'fact commit C' 'fact processors 2' 'fact processor P'
	'fact kernel K' 'fact rounds 3' 'fact scale 1' 'fact load L')

@test "medians, ratios round by round, sizes, who beats whom" {
	noted "${facts[@]}" 'compare 1 g i 1000 B title' 'row 0 ours a 90 ok' \
		'row 1 reference b 100 ok' 'row 2 peer c - gone' 'row 3 peer d 50 ok' \
		'run 0 1 2 1024 0.5' 'run 1 4 4 9 -' 'run 3 2 4 9 -' \
		'run 0 2 2 2048 0.5' 'run 1 6 4 9 -' 'run 3 4 4 9 -' \
		'run 0 10 2 1024 0.5' 'run 1 20 4 9 -' 'run 3 5 4 9 -'
	same '[2,1,10,3,2,4,2048,0.9,2,0.5]' "$(jq -c '.comparisons[0].rows[0] |
		[.wall.median, .wall.min, .wall.max, .ratio.median, .ratio.min,
		.ratio.max, .peak_kib, .size_ratio, .cpu_ratio, .own_cpu.median]' \
		made/bench.json)"
	same '[{"ours":"a","peer":"d","ratio":{"max":2,"median":2,"min":0.5}}]' \
		"$(jq -c '.comparisons[0].against' made/bench.json)"
	grep -q '^  c: gone$' made/bench.txt
}

@test "growth: the exponents of time and memory" {
	noted "${facts[@]}" 'compare 1 g i 10 rows t' 'row 0 ours a - ok' \
		'run 0 1 1 100 -' 'compare 10 g i 100 rows t' 'row 0 ours a - ok' \
		'run 0 100 1 100 -'
	same '[2,0]' "$(jq -c '.growth[0] | [.time_exponent, .memory_exponent]' \
		made/bench.json)"
}

@test "a peer that is not there: its row says so" {
	mkdir few
	ln -s /usr/bin/* few
	rm few/bsdtar few/igzip
	PATH=$GLB_BUILD:$T/few try 0 bench --quick --dir a --only=pack
	grep -q '^  bsdtar -c: not measured: no bsdtar; see install-deps --bench$' out
}

# stand_in NAME LINE...: a program that comes before the one of that name
stand_in() {
	mkdir -p bin
	printf '%s\n' '#!/bin/bash' "${@:2}" >"bin/$1"
	chmod 755 "bin/$1"
}

@test "a row that fails later has no times, the others keep theirs" {
	# It is asked for its version, then runs in the round that is not counted.
	# shellcheck disable=SC2016 # for the program
	stand_in bsdtar 'echo >>calls; [ "$(wc -l <calls)" -le 2 ] ||
		{ echo tired >&2; exit 1; }; exec /usr/bin/bsdtar "$@"'
	PATH=$T/bin:$PATH try 0 bench --quick --rounds=2 --dir a --only=pack
	same '[["ok",2],["ok",2],["failed in round 1: tired",0]]' "$(jq -c \
		'.comparisons[0].rows | map([.state, (.runs | length)])' a/results/bench.json)"
}

@test "a step that fails loses its group, which is told, and no other" {
	stand_in glb-gzip 'echo no >&2; exit 1'
	PATH=$T/bin:$PATH try 1 bench --quick --dir a --only=gunzip,pack
	same '[{"factor":1,"group":"gunzip","reason":"a step failed with 1"}]' \
		"$(jq -c .lost a/results/bench.json)"
	grep -q '^gunzip (1x): lost: a step failed with 1$' out
	jq -e '[.comparisons[].rows[] | select(.who == "ours" and .state == "ok")]
		| length == 2' a/results/bench.json
	same "corpora lock results" "$(cd a && echo *)"
}

@test "wrong options: 2, and nothing is made" {
	for option in --frob --only=frob --rounds=0 --set=sql=x --growth=1 --scale=0 \
		--set=frob=1 --dir= word; do
		try 2 bench --dir "$T/b" "$option"
		[ ! -s out ]
	done
	[ ! -e b ]
}
