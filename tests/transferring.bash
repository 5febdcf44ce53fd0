# Jobs of the stand-in's: what the tests of the stand-in itself share.
# SPDX-License-Identifier: MIT

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	transfer_start
	transfer_set '{"tokens": ["good"]}'
	transfer_headers=$'Authorization: Bearer good\r\n'
	transfer_put from a/1.txt one
	transfer_put from a/2.txt second
	transfer_put from b/3.txt third
	transfer_bucket into
}
teardown() { transfer_stop; }

# answers WORD METHOD TARGET [BODY]: the error's status, or OK; out has it all.
answers() {
	transfer_ask "${@:2}" >out || true
	same "$1: $*" "$(jq -r '.error.status // "OK"' out): $*"
}

# job NAME [JQ]: the body that makes this job, changed a little.
job() {
	jq -nc --arg name "$1" '{name: "transferJobs/\($name)", projectId: "p",
		status: "ENABLED", transferSpec: {gcsDataSource: {bucketName: "from"},
		gcsDataSink: {bucketName: "into", path: "to/"}}} | '"${2-.}"
}

# makes WORD NAME [JQ]: what becomes of creating it.
makes() { answers "$1" POST /v1/transferJobs "$(job "${@:2}")"; }

# runs NAME [JQ]: the job is made with this spec and run to its end.
runs() {
	makes OK "$@"
	runs_again "$1"
}
runs_again() {
	answers OK POST "/v1/transferJobs/$1:run" '{"projectId": "p"}'
	transfer_set '{"advance": 1000}'
	answers OK GET "/v1/$(jq -r .name out)"
}

# counted: the status and the counters of objects of the operation in out.
counted() {
	jq -r '.metadata | .status, (.counters | to_entries[]
		| select(.key | startswith("objects"))
		| "\(.key | ltrimstr("objects")) \(.value)")' out |
		{ read -r status && echo "$status" && sort; } | paste -sd ' '
}

# look: "STATUS DONE LATEST" of $operation, which o has then, and of job a.
look() {
	transfer_ask GET "$operation" >o
	jq -r --arg l "$(transfer_ask GET '/v1/transferJobs/a?projectId=p' | jq -r '.latestOperationName | values')" \
		'"\(.metadata.status) \(.done) \(if $l == "" then null else "/v1/" + $l end)"' o
}
