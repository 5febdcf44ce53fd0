#!/usr/bin/env bats
# glb-gcs: command lines, and where its lines go.
# SPDX-License-Identifier: MIT
load helper
load gcs
teardown() { gcs_stop; }

# refused MESSAGE ARG...: 2, nothing on stdout, and the stand-in was not asked.
refused() {
	local message=$1
	shift
	try 2 "$@"
	same '' "$(cat out)"
	same "glb-gcs: $message" "$(sed 1q err)"
	same '' "$(transfer_log)"
}

@test "what is missing or wrong is named, and nothing is done" {
	gcs_start
	refused 'no verb given' glb-gcs
	refused 'bakcup: unknown verb; did you mean backup?' glb-gcs bakcup
	refused '--project is needed' glb-gcs backup
	refused '--id is needed' glb-gcs backup --project=p
	refused '--kind is needed' glb-gcs backup --project=p --id=1
	refused '--source is needed' glb-gcs backup --project=p --id=1 --kind=k
	refused '--sink is needed' glb-gcs backup --project=p --id=1 --kind=k --source=abc
	refused "--project: p?q: not a project's id" backup --project='p?q'
	refused '--busy: x: not one of wait, fail' backup --busy=x
	refused '--job-name: x: not one of own, compat' backup --job-name=x
	refused '--time-limit: 5x: not a duration like 90m or 12h' backup --time-limit=5x
	refused '--expect-objects: not an option of backup' backup --expect-objects=1
	refused '--wait: not an option of restore' restore --wait
	refused '--backup-operation: x: not transferOperations/...' restore --backup-operation=x
	refused 'x: unexpected argument' backup x
	refused 'status: missing argument: OPERATION...' glb-gcs status
	refused 'x/../y: not transferOperations/...' glb-gcs status transferOperations/a x/../y
}

@test "names that would lead elsewhere are refused" {
	gcs_start
	bucket='not BUCKET or BUCKET/PREFIX with the name of a bucket'
	refused "--source: gs://gl-uploads: $bucket" backup --source=gs://gl-uploads
	refused '--source: gl-uploads/../x: its prefix has a part that is empty or of dots only' \
		backup --source=gl-uploads/../x
	refused "--sink: UP: $bucket" backup --sink=UP
	refused '--sink: glb-backup/x: must be a bucket alone: the id tells the rest' \
		backup --sink=glb-backup/x
	refused '--source: glb-backup/x: must be a bucket alone: the id tells the rest' \
		restore --source=glb-backup/x
	refused '--id: ..: starts with a dot' backup --id=..
	refused '--id: a/b: has a slash in it' backup --id=a/b
	refused '--kind: : is empty' backup --kind=
	try 2 backup --kind=$'a\nb'
	same '' "$(cat out)$(transfer_log)"
}

@test "source and sink that overlap are refused" {
	gcs_start
	message='uploads: --source and --sink overlap, and would be copied into themselves'
	refused "$message" backup --source=glb-backup
	refused "$message" backup --source=glb-backup/backups
	refused "$message" restore --sink=glb-backup
	try 0 backup --source=glb-backup/uploads
}

@test "stdout closed or full: 1, and the operation is named on stderr" {
	gcs_start
	for to in '>&-' '>/dev/full'; do
		try 1 bash -c "$(declare -f backup); $(declare -p gcs_usual); backup $to"
		grep -q '^glb-gcs: uploads: transferOperations/.* is started' err
		grep -q '^glb-gcs: standard output: ' err
	done
}

@test "stdin closed, and a reader that is gone" {
	gcs_start
	try 0 bash -c "$(declare -f backup); $(declare -p gcs_usual); backup <&-"
	mkfifo pipe
	exec 7<>pipe 8>pipe 7>&-
	try 1 bash -c "$(declare -f backup); $(declare -p gcs_usual); backup >&8"
	grep -q '^glb-gcs: standard output: ' err
	grep -q '^glb-gcs: uploads: transferOperations/.* is started' err
}

@test "no credentials: 1, and nothing on stdout" {
	gcs_start
	unset GOOGLE_APPLICATION_CREDENTIALS
	try 1 backup --service-account-file=nowhere.json
	same '' "$(cat out)"
	same 'glb-gcs: nowhere.json: No such file or directory' "$(cat err)"
}

@test "progress counts what was found and copied, and never goes back" {
	gcs_start
	transfer_put gl-uploads many/ xxxxxxxxxx '{"count": 500}'
	transfer_set '{"run_seconds": 300}'
	GLB_STATUS_FD=9 try 0 backup 9>counts
	same '{"bytes_in":5009,"bytes_out":5009,"items":502}' "$(tail -n 1 counts)"
	jq -r .items counts | sort -nc
}

@test "what holds keys and tokens leaves no core" {
	gcs_start 1
	transfer_set '{"run_seconds": 3600}'
	in_background backup
	until_true grep 'is started' bg.err
	grep -qE '^Max core file size +0 +0 ' "/proc/$bg/limits"
	kill "$bg"
	ended 143
}
