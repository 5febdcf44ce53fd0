# What every bats file loads: strictness, short names for common checks.
# SPDX-License-Identifier: MIT
bats_require_minimum_version 1.8.0
export LC_ALL=C
unset GLB_STATUS_FD RAILS_ENV RACK_ENV

# T is this test's own directory, emptied by bats.
setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
}

# bytes N FILE: N bytes, the same at every call, that compress a little.
bytes() {
	head -c "$1" < <(yes "$(seq 1 5000)" | tr '3\n' '\0\377') >"$2"
}

# try CODE COMMAND...: stdout to file out, stderr to file err, exact status.
try() {
	local want=$1 got=0
	shift
	"$@" >"$T/out" 2>"$T/err" || got=$?
	[ "$got" -eq "$want" ] && return
	echo "status $got, not $want: $*"
	head -c 2000 "$T/err"
	return 1
}

# same EXPECTED ACTUAL: equal strings, or both are shown.
same() {
	[ "$1" = "$2" ] && return
	printf 'expected: %s\n     got: %s\n' "$1" "$2"
	return 1
}
