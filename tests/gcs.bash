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
	id=1700_v job=transferJobs/glb-uploads-backup-a44ac2656ace
}

# backup, restore [OPTION]...: of uploads; for try.
backup() {
	glb-gcs backup --project=glb-test-project --source=gl-uploads \
		--sink=glb-backup --id="$id" --kind=uploads "$@"
}
restore() {
	glb-gcs restore --project=glb-test-project --source=glb-backup \
		--sink=gl-uploads --id="$id" --kind=uploads "$@"
}

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

# in_background COMMAND...: started with stdout and stderr in bg.out, bg.err.
in_background() {
	"$@" >bg.out 2>bg.err 3>&- &
	bg=$!
}

# until_true COMMAND...: runs it again and again until it succeeds.
until_true() {
	local tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 400 ] || return 1
		read -r -t 0.02 <> <(:) || :
	done
}
