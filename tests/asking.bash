# A request of glb-gcs to the stand-in of Google's services: what it takes to
# be answered, and that nothing secret is said about it.
# SPDX-License-Identifier: MIT

# asking_start: the stand-in, and in $op an operation that has succeeded.
asking_start() {
	unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
	unset HTTPS_PROXY NO_PROXY no_proxy ALL_PROXY all_proxy
	transfer_start
	transfer_put src a hello
	transfer_bucket dst
	transfer_set '{"check_tokens": false}'
	transfer_ask POST /v1/transferJobs '{"name": "transferJobs/j",
		"projectId": "p", "status": "ENABLED", "transferSpec": {
		"gcsDataSource": {"bucketName": "src"},
		"gcsDataSink": {"bucketName": "dst"}}}' >job
	op=$(transfer_ask POST /v1/transferJobs/j:run '{"projectId": "p"}' |
		jq -r .name)
	transfer_set '{"check_tokens": true, "advance": 600}'
	: >"$T/transfer.log"
}

# ask CODE: glb-gcs asks for that operation.  Whatever comes of it, no secret
# of any kind is in what it says.
ask() {
	local secret
	try "$1" timeout -s INT 60 glb-gcs status "$op" || return
	for secret in ya29 eyJ BEGIN client-secret refresh-token subject-token \
		"$(jq -r '.private_key | split("\n")[5]' "$T/key.json")"; do
		! grep -F -- "$secret" "$T/out" "$T/err" || return
	done
}

# said TEXT: ask has had this one line to say, of the operation or else.
said() { same "$1" "$(sed "s|^glb-gcs: .*$op: ||" "$T/err")"; }

# asked: what was asked for, one line each, without the operation's name.
asked() {
	transfer_log '"\(.method) \(.raw_path)"' |
		sed "s|v1/$op|OPERATION|"
}

# bearer: who the last request was from.
bearer() { transfer_log '.headers.authorization' | tail -n 1; }

# adc JSON: Google's variable names a file with these credentials.
adc() {
	printf '%s\n' "$1" >adc.json
	chmod 600 adc.json
	export GOOGLE_APPLICATION_CREDENTIALS=$T/adc.json
}
