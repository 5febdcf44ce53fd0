# scripts/install-deps: what it asks apt-get for, by fakes of Debian's programs.
# SPDX-License-Identifier: MIT
load helper

deps() { PATH=$T/bin:$PATH "$BATS_TEST_DIRNAME/../scripts/install-deps" "$@"; }

fake() { # PROGRAM SCRIPT
	mkdir -p "$T/bin"
	printf '#!/bin/sh\n%s\n' "$2" >"$T/bin/$1"
	chmod 755 "$T/bin/$1"
}

# lacking PACKAGE...: a Debian where these are not installed; apt-get writes
# its words to the file calls
lacking() {
	fake dpkg-query "case ' $* ' in *\" \$4 \"*) exit 1 ;; *) printf installed ;; esac"
	fake dpkg 'echo amd64'
	fake initdb :
	fake psql :
	fake id 'echo 0'
	fake apt-get "echo \"\$DEBIAN_FRONTEND \$*\" >>$T/calls"
}

readonly apt='noninteractive -qq -o Dpkg::Use-Pty=0'

@test "nothing missing: nothing said, apt-get not called" {
	lacking
	try 0 deps
	same '' "$(cat "$T/out" "$T/err")"
	[ ! -e "$T/calls" ]
}

@test "what is missing is installed after an update" {
	lacking jq make
	try 0 deps
	same "$apt update
$apt install --no-install-recommends -y make jq" "$(cat "$T/calls")"
	same 'install-deps: installing make jq' "$(cat "$T/err")"
	same '' "$(cat "$T/out")"
}

@test "--build leaves out what only tests need" {
	lacking jq make bats
	try 0 deps --build
	same "$apt install --no-install-recommends -y make" "$(tail -n 1 "$T/calls")"
}

@test "--bench adds the peers of the bench, and leaves out what only tests need" {
	lacking bats make isal libarchive-tools zstd
	try 0 deps --bench
	same "$apt install --no-install-recommends -y make isal libarchive-tools zstd" \
		"$(tail -n 1 "$T/calls")"
}

@test "an ordinary user goes through sudo" {
	lacking jq
	fake id 'echo 1000'
	fake sudo "echo sudo >>$T/calls; exec \"\$@\""
	try 0 deps
	same "sudo
$apt update
sudo
$apt install --no-install-recommends -y jq" "$(cat "$T/calls")"
}

@test "neither root nor sudo: says what to run, 1" {
	lacking jq
	fake id 'echo 1000'
	mkdir "$T/few"
	ln -s "$(command -v bash)" "$(command -v env)" "$(command -v sh)" "$T/few"
	PATH=$T/bin:$T/few try 1 "$BATS_TEST_DIRNAME/../scripts/install-deps"
	same 'install-deps: neither root nor sudo; as root: apt-get install jq' \
		"$(cat "$T/err")"
	[ ! -e "$T/calls" ]
}

@test "apt-get that fails: 1, and what is not there is named" {
	lacking jq
	fake apt-get 'case $* in *install*) exit 100 ;; esac'
	try 1 deps
	same 'install-deps: not installed: jq' "$(tail -n 1 "$T/err")"
	fake apt-get 'exit 100'
	try 1 deps
	same 'install-deps: apt-get update failed' "$(tail -n 1 "$T/err")"
}

@test "wrong options: 2" {
	lacking jq
	try 2 deps --frob
	same 'install-deps: --frob: no such option; usage: install-deps [--build | --bench]' \
		"$(cat "$T/err")"
	try 2 deps --build --build
	[ ! -e "$T/calls" ]
}
