# The buckets of a small site, and glb-gcs as the driver calls it.
# SPDX-License-Identifier: MIT
load transfer

# gcs_start [SCALE]: the stand-in with two buckets.  An operation is done at
# once; for the clock, see transfer_start.
gcs_start() {
	export GLB_TIME_SCALE=${1-1000}
	transfer_start
	transfer_set '{"queue_seconds": 0, "run_seconds": 0}'
	transfer_put gl-uploads a.txt hello
	transfer_put gl-uploads b/c.txt more
	transfer_bucket glb-backup
	gcs_usual=(--project=glb-test-project --id=1700_v --kind=uploads)
	job=transferJobs/glb-uploads-backup-a44ac2656ace
}

# backup, restore [OPTION]...: of uploads; for try.
backup() { glb-gcs backup --source=gl-uploads --sink=glb-backup "${gcs_usual[@]}" "$@"; }
restore() { glb-gcs restore --source=glb-backup --sink=gl-uploads "${gcs_usual[@]}" "$@"; }

# result JQ: a look at the line that try has kept.
result() { jq -r "$1" "$T/out"; }

# says TEXT...: stderr has just these lines, each after "glb-gcs: "; operations
# are called OP, times are left out.
says() {
	same "$(printf 'glb-gcs: %s\n' "$@")" \
		"$(sed -E 's,transferOperations/[^ :]*[0-9],OP,g' "$T/err")"
}

# requests [JQ]: method and path of all but those for tokens.
requests() {
	transfer_log 'select(.path | startswith("/v1/")) |
		'"${1-"\"\\(.method) \\(.path)\""}" |
		sed -E 's,transferOperations/[^ ?":]*[0-9],OP,g; s,transferJobs/glb-[a-z]*-[a-z]*-[0-9a-f]{12},JOB,g'
}

# in_background VERB [OPTION]...: glb-gcs with stdout in bg.out and stderr in
# bg.err; it is $bg.
in_background() {
	rm -f bg.out bg.err
	(
		glb-gcs() { exec "$(type -P glb-gcs)" "$@"; }
		"$@" >bg.out 2>bg.err
	) 3>&- &
	bg=$!
}

# ended CODE: waits for $bg, which must end so.
ended() {
	local got=0
	wait "$bg" || got=$?
	same "status $1" "status $got" || cat bg.err
	[ "$got" -eq "$1" ]
}

# gcs_stop: for teardown.
gcs_stop() {
	[ -z "${bg-}" ] || kill "$bg" 2>/dev/null || :
	transfer_stop
}

# pass SECONDS: of the stand-in's time.
pass() { transfer_set "{\"advance\": $1}"; }

# until_true COMMAND...: runs it again and again until it succeeds; gives up
# only when no loaded machine would be that slow.
until_true() {
	local tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 5000 ] || return 1
		read -r -t 0.02 <> <(:) || :
	done
}
