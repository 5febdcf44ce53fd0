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

# awaited PID COMMAND...: waits until the command succeeds, and leaves the
# processors to others between its looks; fails once that process is gone.
awaited() {
	local pid=$1
	shift
	until "$@"; do
		kill -0 "$pid" || return
		(read -rt 0.01 <> <(:)) || : # not here: it would set $!
	done
}

# same EXPECTED ACTUAL: equal strings, or both are shown.
same() {
	[ "$1" = "$2" ] && return
	printf 'expected: %s\n     got: %s\n' "$1" "$2"
	return 1
}

# open_test: lets the site's user pass through to $T, whose parents bats made,
# and write in $T/marks.
open_test() {
	local d
	for d in "$T" "${T%/*}" "$BATS_RUN_TMPDIR"; do chmod a+x "$d"; done
	mkdir -p -m 777 "$T/marks"
}

# fake NAME: a program in $T/fake, which comes first on PATH; text from stdin.
fake() {
	open_test
	mkdir -p "$T/fake"
	cat >"$T/fake/$1"
	chmod 755 "$T/fake/$1" "$T/fake"
	case $PATH in "$T/fake:"*) ;; *) export PATH="$T/fake:$PATH" ;; esac
}

# real NAME: where the program is behind the fake one.
real() {
	PATH=${PATH#"$T/fake:"} command -v "$1"
}
