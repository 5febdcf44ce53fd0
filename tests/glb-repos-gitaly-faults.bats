#!/usr/bin/env bats
# A gitaly-backup that fails, dies, or says what it should not.
# SPDX-License-Identifier: MIT
load helper
load repos
load gitaly

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	gitaly 18.11.0
}

# three: repositories a, b and c.
three() { for r in a b c; do normal $r.git; done; }

@test "one fails: its reason, the others are done, status 4, nothing of it is left" {
	three
	export FAKE_GITALY_FAULTS='fail:b.git'
	by_gitaly 4 ID {a,b,c}.git
	same "a.git ok 3
b.git failed 0
c.git ok 3" "$(statuses)"
	why='manager: rpc error: code = Internal desc = <a> & b'
	same "$why" "$(jq -r 'select(.error).error' out)"
	same "glb-repos: default/b.git: $why" "$(cat err)"
	[ -f t/backup_ids/ID ]
	[ ! -e t/default/b.git/ID ]
}

@test "it dies: what it has done is done, the rest has failed, and why" {
	three
	export FAKE_GITALY_FAULTS='die:2:9'
	by_gitaly 4 ID {a,b,c}.git
	same "a.git ok 3
b.git failed 0
c.git failed 0" "$(statuses)"
	same "gitaly-backup: killed by signal 9 (Killed)" \
		"$(jq -r 'select(.error).error' out | sort -u)"
	[ -f t/backup_ids/ID ]
	same "a.git" "$(ls t/default)"
}

@test "it dies before the first: status 1, and the backup stays unfinished" {
	three
	export FAKE_GITALY_FAULTS='die:1:15'
	by_gitaly 1 ID {a,b,c}.git
	same 3 "$(grep -c '"failed"' out)"
	grep -q '^glb-repos: gitaly-backup: killed by signal 15' err
	[ ! -e t/backup_ids/ID ]
}

@test "it refuses to start: its own words, and status 1" {
	normal a.git
	export FAKE_GITALY_FAULTS='refuse:no such thing'
	by_gitaly 1 ID a.git
	same "glb-repos: gitaly-backup: create: no such thing
glb-repos: default/a.git: gitaly-backup: exit status 1 (create: no such thing)
glb-repos: gitaly-backup: exit status 1 (create: no such thing)" "$(cat err)"
}

@test "a repository of which it says nothing has failed" {
	three
	export FAKE_GITALY_FAULTS='unanswered:b.git'
	by_gitaly 4 ID {a,b,c}.git
	same "gitaly-backup has not told what became of it" \
		"$(jq -r 'select(.error).error' out)"
	[ ! -e t/manifests/default/b.git/ID.toml ]
}

@test "an exit status that nothing explains, and a count that does not hold: 4" {
	normal a.git
	export FAKE_GITALY_FAULTS='exit:3'
	by_gitaly 4 ID a.git
	same "glb-repos: gitaly-backup: exit status 3" "$(cat err)"
	same "a.git ok 3" "$(statuses)"
}

@test "lines that are no log, and others' repositories, are told, not believed" {
	normal a.git
	export FAKE_GITALY_FAULTS='garbage;foreign'
	by_gitaly 0 ID a.git
	same 'glb-repos: gitaly-backup: \x1B[31mpanic:\xFF no JSON
glb-repos: gitaly-backup: {"level":
glb-repos: gitaly-backup: [1]
glb-repos: gitaly-backup: tells of default/foreign.git, which it has not been given' "$(cat err)"
	same "a.git ok 3" "$(statuses)"
}

@test "completed, but a file is missing: failed, and why" {
	normal a.git
	export FAKE_GITALY_FAULTS='break:a.git'
	by_gitaly 4 ID a.git
	same "default/a.git/ID/001.bundle: No such file or directory" \
		"$(jq -r .error out)"
	[ ! -e t/backup_ids/ID ]
	[ ! -e t/default/a.git/ID ]
}

@test "so of an increment: no manifest leads to it, the backup before is whole" {
	normal a.git
	normal b.git
	by_gitaly 0 ONE {a,b}.git
	FAKE_GITALY_FAULTS='break:a.git' by_gitaly 4 TWO {a,b}.git -- --incremental
	same 'ONE.toml' "$(ls t/manifests/default/a.git)"
	try 0 glb-repos verify t
	by_gitaly 0 THREE {a,b}.git -- --incremental
	same '' "$(cat err)"
	same "a.git unchanged 3 2
b.git unchanged 3 3" "$(statuses)"
}

@test "no token in arguments, messages, results or TREE, whoever tells it" {
	normal a.git
	normal b.git
	export FAKE_GITALY_FAULTS='token:a.git;stderr:look at'
	by_gitaly 4 ID {a,b}.git
	same 'dial: Bearer [hidden] or "[hidden]" in [hidden]' \
		"$(jq -r 'select(.error).error' out)"
	same 'glb-repos: gitaly-backup: look at [hidden] {"default":{"address":"unix:/nowhere/gitaly.socket","token":"[hidden]"}}' "$(grep 'look at' err)"
	base64=$(sed -n 's/^GITALY_SERVERS=//p' record.env)
	same '{"default":{"address":"unix:/nowhere/gitaly.socket","token":"s\"cr<t"}}' \
		"$(base64 -d <<<"$base64")"
	for secret in 's"cr<t' 's\"cr<t' 'cr\u003ct' "$base64"; do
		same '' "$(grep -rlF -e "$secret" out err record record.in t || :)"
	done
}

@test "a token of another one's letters, and one at the limit of what is told" {
	token=$(printf '%0700d' 0)
	sed -i "s/token: .*}/token: '$token'}/" gitlab/config/gitlab.yml
	export FAKE_GITALY_TOKEN=$token FAKE_GITALY_FAULTS='token:a.git;huge:b.git:3000000'
	normal a.git
	normal b.git
	by_gitaly 4 ID {a,b}.git
	same '' "$(grep -F 00000 out err || :)"
	grep -q 'gitaly-backup: a line that is too long to be read' err
	[ "$(wc -c <err)" -lt 3000 ]
}

@test "addresses that Gitaly would not take are told by their storage" {
	servers http://gitaly.example.com
	by_gitaly 1 ID a.git
	same "glb-repos: storage default: gitaly_address: http://gitaly.example.com: its scheme is none of unix, tcp, tls, dns, dns+tls" "$(cat err)"
	[ ! -e t ]
	servers ''
	by_gitaly 1 ID a.git
	same "glb-repos: storage default: it has no gitaly_address" "$(cat err)"
}

@test "GITALY_SERVERS and certificates of the environment win" {
	normal a.git
	export SSL_CERT_DIR=/certs GITALY_SERVERS
	GITALY_SERVERS=$(printf '{"default":{"address":"unix:/x","token":"s\\"cr<t"}}' | base64 -w0)
	by_gitaly 0 ID a.git
	grep -qx "GITALY_SERVERS=$GITALY_SERVERS" record.env
	grep -qx SSL_CERT_DIR=/certs record.env
	GITALY_SERVERS=e30=
	by_gitaly 4 I2 a.git
	same "glb-repos: default/a.git: unknown storage" "$(cat err)"
	for GITALY_SERVERS in 'e30' 'W10=' '!!!!'; do
		by_gitaly 1 I3 a.git
		same "glb-repos: GITALY_SERVERS: not base64 of a JSON object" "$(cat err)"
	done
}

@test "what must not be sent is refused here, once and for all" {
	normal a.git
	cat >list <<-'END'
		{"storage_name":"default","relative_path":"../x.git"}
		{"storage_name":"other","relative_path":"a.git"}
		{"storage_name":"default","relative_path":"a\u0000.git"}
		{"storage_name":"default","relative_path":"a.git","gl_project_path":"g/<p>","always_create":true}
		{"storage_name":"default","relative_path":"a.git"}
	END
	try 4 glb-repos create --engine=gitaly --id=ID t <list
	same '{"storage_name":"default","relative_path":"a.git","gl_project_path":"g/\u003cp\u003e","always_create":true}' "$(cat record.in)"
	same "relative_path has a component of dots
unknown storage
relative_path holds a NUL
the backup cannot be written: it has this repository already" \
		"$(grep -v '"ok"' out | jq -r .error)"
	same 1 "$(grep -c '"ok"' out)"
}

@test "a damaged list: what came before is done, the backup stays unfinished" {
	normal a.git
	{
		lines a.git
		echo '{"storage_name":'
	} >list
	try 3 glb-repos create --engine=gitaly --id=ID t <list
	same "a.git ok 3" "$(statuses)"
	[ ! -e t/backup_ids/ID ]
}

@test "a signal ends both, though Gitaly hangs; even the last of signals" {
	normal a.git
	lines a.git >list
	export FAKE_GITALY_FAULTS=hang:1 TMPDIR=$T/tmp
	mkdir tmp
	for sig in HUP TERM KILL; do
		rm -f record.in
		glb-repos create --engine=gitaly --id=$sig t <list >out 2>err 3>&- &
		pid=$!
		awaited $pid [ -s record.in ]
		child=$(pgrep -P $pid)
		kill -$sig $pid
		got=0
		wait $pid || got=$?
		same $((128 + $(kill -l $sig))) $got
		# Nobody may wait for it: a zombie is as good as gone.
		while grep -q . "/proc/$child/cmdline" 2>/dev/null; do :; done
		[ ! -e t/backup_ids ]
		[ $sig = KILL ] || same '' "$(ls tmp)"
	done
}

@test "results that nobody can read: status 1, and Gitaly is not left behind" {
	three
	lines {a,b,c}.git >list
	got=0
	glb-repos create --engine=gitaly --id=ID t <list >/dev/full 2>err || got=$?
	same 1 $got
	same "glb-repos: standard output: No space left on device" "$(cat err)"
	[ ! -e t/backup_ids ]
}

@test "20,000 repositories in little memory, each with a result" {
	export FAKE_GITALY_CHEAP=1
	seq -f '{"storage_name":"default","relative_path":"@hashed/%g.git"}' 20000 >list
	(
		# What sanitizers need is beyond any limit.
		case $GLB_BUILD in *asan* | *tsan*) ;; *) ulimit -v 200000 ;; esac
		glb-repos create --engine=gitaly --id=ID t <list >out 2>err
	)
	same 20000 "$(grep -c '"missing"' out)"
	[ -f t/backup_ids/ID ]
}
