# scripts/sample-site: what it refuses, and what a create that failed leaves.
# SPDX-License-Identifier: MIT
load helper

sample_site() { "$BATS_TEST_DIRNAME/../scripts/sample-site" "$@"; }

@test "create refuses a directory that is not empty, and leaves it alone" {
	mkdir "$T/full" && echo mine >"$T/full/file"
	try 1 sample_site create "$T/full"
	same "sample-site: $T/full: exists and is not an empty directory" "$(cat "$T/err")"
	same '' "$(cat "$T/out")"
	same mine "$(cat "$T/full/"*)"
}

@test "create refuses a file as DIR" {
	echo mine >"$T/file"
	try 1 sample_site create "$T/file"
	same "sample-site: $T/file: exists and is not an empty directory" "$(cat "$T/err")"
}

@test "destroy, stop and start refuse what is not a sample site" {
	local command
	mkdir "$T/mine"
	echo 'another mark' >"$T/mine/.sample-site"
	for command in destroy stop start; do
		try 1 sample_site $command "$T/mine"
		same "sample-site: $T/mine: not a sample site of $(id -un)" "$(cat "$T/err")"
	done
	same 'another mark' "$(cat "$T/mine/.sample-site")"
	try 1 sample_site destroy "$T/none"
}

@test "create: a directory above that is closed to the site's user is named" {
	[ "$(id -u)" -eq 0 ] || return 0 # then the user is ourselves
	mkdir -m 700 "$T/closed"
	try 1 sample_site create "$T/closed/site"
	same "sample-site: $T/closed/site: $SAMPLE_USER cannot enter it; a directory above is closed
sample-site: $T/closed/site: not created" "$(cat "$T/err")"
	[ ! -e "$T/closed/site" ]
}

# broken PROGRAM: a create for which PROGRAM fails, into $T/site
broken() {
	mkdir "$T/bin"
	printf '#!/bin/sh\necho "%s: broken" >&2\nexit 9\n' "$1" >"$T/bin/$1"
	chmod 755 "$T/bin/$1"
	PATH=$T/bin:$PATH try 9 sample_site create "$T/site" --projects 1 \
		--blobs-mb 0 --rows 10
	grep -qx "$1: broken" "$T/err"
	same "sample-site: $T/site: not created" "$(tail -n 1 "$T/err")"
	same '' "$(cat "$T/out")"
	[ ! -e "$T/site/postgres" ]
}

@test "create: git that fails leaves no directory" {
	broken git
	[ ! -e "$T/site" ]
}

@test "create: a failure leaves a directory that was there, empty" {
	mkdir "$T/site"
	broken git
	same '' "$(ls -A "$T/site")"
}

@test "create: blobs that fail leave no directory" {
	mkdir "$T/bin"
	printf '#!/bin/sh\nexit 9\n' >"$T/bin/openssl"
	chmod 755 "$T/bin/openssl"
	PATH=$T/bin:$PATH try 1 sample_site create "$T/site" --projects 1 \
		--blobs-mb 0 --rows 10
	same "sample-site: $T/site: blobs are not in
sample-site: $T/site: not created" "$(tail -n 2 "$T/err")"
	[ ! -e "$T/site" ]
}

@test "create ended by SIGTERM leaves nothing: 143" {
	local pid status=0
	mkdir "$T/bin"
	mkfifo -m 666 "$T/ready" "$T/go"
	# The rows are in when git is called: it says so and waits.
	printf '#!/bin/sh\necho >%s\nread -r _ <%s\nexit 1\n' "$T/ready" "$T/go" \
		>"$T/bin/git"
	chmod 755 "$T/bin/git"
	PATH=$T/bin:$PATH "$BATS_TEST_DIRNAME/../scripts/sample-site" create "$T/site" \
		--projects 1 --blobs-mb 0 --rows 10 >"$T/out" 2>"$T/err" 3>&- &
	pid=$!
	read -r _ <"$T/ready"
	kill "$pid"
	echo >"$T/go"
	wait "$pid" || status=$?
	same 143 "$status"
	[ ! -e "$T/site" ]
}

@test "--help: usage on stdout" {
	try 0 sample_site --help
	grep -q '^usage: sample-site create DIR' "$T/out"
	same '' "$(cat "$T/err")"
}

@test "wrong command lines: status 2, nothing on stdout, nothing made" {
	local line
	while read -r line; do
		# shellcheck disable=SC2086 # words of a command line
		try 2 sample_site $line
		[ ! -s "$T/out" ] && grep -q '^usage: sample-site' "$T/err"
		same "" "$(ls -d x 2>"$T/ls" || :)"
	done <<-'END'

		frob x
		create
		create x y
		create x --projects 0
		create x --projects
		create x --rows=-1
		create x --blobs-mb 1G
		create x --databases=three
		create x --unknown 1
	END
}
