# Google's Storage Transfer Service for tests: the stand-in of tests/fakes on a
# loopback port, and its environment.
# SPDX-License-Identifier: MIT

# transfer_key FILE EMAIL: a service account's key; the RSA key itself is made
# once for all tests.
transfer_key() {
	local pem=$BATS_RUN_TMPDIR/transfer.pem
	if [ ! -e "$pem" ]; then
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
			-out "$pem.$BASHPID" 2>"$T/genpkey.err"
		mv "$pem.$BASHPID" "$pem"
	fi
	jq -n --rawfile pem "$pem" --arg email "$2" '{
		type: "service_account", project_id: "glb-test-project",
		private_key_id: "0123456789abcdef", private_key: $pem,
		client_email: $email, client_id: "1001",
		token_uri: "https://oauth2.googleapis.com/token",
		universe_domain: "googleapis.com"}' >"$1"
	chmod 600 "$1"
}

# transfer_start: the stand-in and the environment in which glb-gcs asks it.
# Its clock runs 100 times as fast as ours, unless GLB_TIME_SCALE is set.
transfer_start() {
	local key=$T/key.json
	export GLB_TIME_SCALE=${GLB_TIME_SCALE-100} HOME=$T/home
	mkdir -p "$HOME"
	[ -e "$key" ] ||
		transfer_key "$key" backup@glb-test-project.iam.gserviceaccount.com
	mkfifo "$T/transfer.in" "$T/transfer.port"
	exec {transfer_in}<>"$T/transfer.in"
	"$BATS_TEST_DIRNAME/fakes/storage-transfer" --key="$key" \
		--log="$T/transfer.log" <"$T/transfer.in" >"$T/transfer.port" \
		2>"$T/transfer.err" 3>&- {transfer_in}>&- &
	transfer_pid=$!
	read -r transfer_port <"$T/transfer.port"
	rm "$T/transfer.in" "$T/transfer.port"
	export GOOGLE_APPLICATION_CREDENTIALS=$key
	export GLB_STS_ENDPOINT=http://127.0.0.1:$transfer_port/
	export GLB_GCS_ENDPOINT=$GLB_STS_ENDPOINT
	export GLB_TOKEN_ENDPOINT=${GLB_STS_ENDPOINT}token
	unset CLOUDSDK_CONFIG GCE_METADATA_HOST GOOGLE_CLOUD_PROJECT
	unset "${!GOOGLE_CLOUD_@}" "${!GCLOUD_@}" "${!http@}" "${!HTTP@}"
}

# transfer_stop: for teardown; its defects are shown.
transfer_stop() {
	[ -n "${transfer_pid-}" ] || return 0
	kill "$transfer_pid" 2>/dev/null || true
	wait "$transfer_pid" || true
	exec {transfer_in}>&-
	unset transfer_pid
	cat "$T/transfer.err"
	[ ! -s "$T/transfer.err" ]
}

# transfer_ask METHOD TARGET [BODY]: one request of the test's own, without any
# client; the answer's body on stdout, 1 if its status is not 2xx.
transfer_ask() {
	local fd line status length
	exec {fd}<>"/dev/tcp/127.0.0.1/$transfer_port"
	LC_ALL=C printf '%s %s HTTP/1.0\r\n%sContent-Length: %d\r\n\r\n%s' "$1" "$2" \
		"${transfer_headers-}" "$(printf %s "${3-}" | wc -c)" "${3-}" >&"$fd"
	read -r _ status _ <&"$fd"
	while read -r line <&"$fd" && [ "$line" != $'\r' ]; do :; done
	cat <&"$fd"
	exec {fd}>&-
	[ "${status:0:1}" = 2 ]
}

# transfer_put BUCKET NAME [CONTENT|FILE] [JSON]: an object; an argument that
# is the name of a file (/..., ./...) stands for what is in it.  JSON: more of
# it ("fields": {"storageClass": "NEARLINE"}, "size": N, "count": N).
transfer_put() {
	local more=${4-} content=("${3-}" content)
	case ${3-} in /* | ./*) content=("$(realpath "$3")" file) ;; esac
	transfer_ask POST /_fake/put "$(jq -nc --arg b "$1" --arg n "$2" \
		--arg c "${content[0]}" --arg k "${content[1]}" \
		--argjson more "${more:-null}" \
		'{bucket: $b, name: $n, ($k): $c} + $more')"
}

# transfer_bucket NAME [JSON]: a bucket ("location", "agent": [roles],
# "caller": [permissions]), new or changed.
transfer_bucket() {
	transfer_ask POST /_fake/bucket \
		"$(jq -nc --arg n "$1" --argjson more "${2:-null}" '{name: $n} + $more')"
}

# transfer_remove BUCKET [NAME]
transfer_remove() {
	transfer_ask POST /_fake/remove "$(jq -nc '{bucket: $ARGS.positional[0],
		name: $ARGS.positional[1]} | del(.name | nulls)' --args "$@")"
}

# transfer_objects BUCKET: lines "SIZE NAME", sorted by name.
transfer_objects() { transfer_ask GET "/_fake/objects?$1"; }

# transfer_set JSON (fakes/transfer/state.py), transfer_fault JSON (faults.py).
transfer_set() { transfer_ask POST /_fake/set "$1"; }
transfer_fault() { transfer_ask POST /_fake/fault "$1"; }

# transfer_state [JQ]: all jobs and operations.
transfer_state() { transfer_ask GET /_fake/state | jq -r "${1-.}"; }

# transfer_log [JQ]: every request so far, one object each.
transfer_log() { jq -rc "${1-.}" "$T/transfer.log"; }

# transfer_gcloud WORD...: gcloud asks the stand-in, as the key's account once
# that is activated, or with the token in the file $token.
transfer_gcloud() {
	env -u GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_CONFIG="$T/gcloud" \
		CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1 CLOUDSDK_CORE_DISABLE_PROMPTS=1 \
		CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1 \
		CLOUDSDK_CORE_PROJECT=glb-test-project \
		CLOUDSDK_API_ENDPOINT_OVERRIDES_TRANSFER="$GLB_STS_ENDPOINT" \
		CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE="${GLB_GCS_ENDPOINT}storage/v1/" \
		CLOUDSDK_AUTH_TOKEN_HOST="$GLB_TOKEN_ENDPOINT" \
		CLOUDSDK_TRANSFER_NO_ASYNC_POLLING_INTERVAL_MS=100 \
		${token:+CLOUDSDK_AUTH_ACCESS_TOKEN_FILE="$token"} \
		gcloud "$@" 3>&-
}

# transfer_has CLIENT: whether it is at hand; the output says if it is not.
transfer_has() {
	if [ "$1" = node ] && [ -n "${client_for_node-}" ]; then return; fi
	if [ "$1" = gcloud ] && command -v gcloud >/dev/null; then return; fi
	echo "# the client is not at hand, nothing was tried with it: $1" >&3
	return 1
}
