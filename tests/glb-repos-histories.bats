#!/usr/bin/env bats
# glb-repos: random histories, restored as they were at each of their moments.
# SPDX-License-Identifier: MIT
load helper
load repos
load histories

# compare MOMENT REPOSITORY...: in r they are what they were then.
compare() {
	local at=$1 i
	shift
	for i; do
		state r "$i" | cmp - "state/$at/$i" || {
			echo "repository $i at $at"
			return 1
		}
	done
}

@test "500 histories of pushes, deletions and increments, restored at each step" {
	histories 500 5
	seq 500 | sed 's/.*/{"storage_name":"default","relative_path":"&.git"}/' \
		>list
	for at in 1 2 3 4 5; do
		by_two advance $at 500
		try 0 glb-repos create --incremental --id=M$at \
			--storage=default=s t <list
		[ ! -s err ]
	done
	[ "$(grep -c '"unchanged"' out)" -gt 20 ]
	grep -q '"steps":5' out
	# Gone repositories that are there again begin anew.
	[ "$(grep -c '"status":"missing"' out)" -gt 2 ]
	try 0 glb-repos verify t
	for at in 5 4 3 2 1; do
		rm -rf r && mkdir r
		try 0 glb-repos restore --id=M$at --storage=default=r t <list
		[ ! -s err ]
		by_two compare $at 500
	done
}
