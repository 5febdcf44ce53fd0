#!/usr/bin/env bats
# glb-gcs: a token of each type of credentials.
# SPDX-License-Identifier: MIT
load helper
load transfer
load asking

teardown() { transfer_stop; }

@test "a service account's key: a signed assertion becomes a token" {
	asking_start
	ask 0
	said ''
	same "POST /token
GET /OPERATION" "$(asked)"
	transfer_log 'select(.raw_path == "/token").body' >form
	grep -q '^grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey' form
	cut -d. -f2 form | tr -- -_ +/ | base64 -d 2>/dev/null | jq . >claims
	same "$GLB_TOKEN_ENDPOINT" "$(jq -r .aud claims)"
	same 3600 "$(jq '.exp - .iat' claims)"
}

@test "a key of another universe: the signed claims are the token" {
	asking_start
	adc "$(jq --arg uri "$GLB_TOKEN_ENDPOINT" '.token_uri = $uri |
		.universe_domain = "example.org"' key.json)"
	unset GLB_TOKEN_ENDPOINT
	ask 0
	same "GET /OPERATION" "$(asked)"
	[[ $(bearer) == "Bearer ey"* ]]
}

@test "one key is not another's: the refusal is named, nothing is asked" {
	asking_start
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out other.pem 2>log
	adc "$(jq --rawfile pem other.pem '.private_key = $pem' key.json)"
	ask 1
	said "token from $GLB_TOKEN_ENDPOINT: 400 invalid_grant: Invalid JWT Signature."
	same "POST /token" "$(asked)"
}

@test "a person's credentials, with the project that is charged" {
	asking_start
	transfer_set '{"quota_project": "charged"}'
	adc '{"type": "authorized_user", "client_id": "client-id",
		"client_secret": "client-secret", "refresh_token": "refresh-token",
		"quota_project_id": "charged"}'
	ask 0
	same charged "$(transfer_log '.headers["x-goog-user-project"] // empty')"
	GOOGLE_CLOUD_QUOTA_PROJECT=other ask 1
	said "403 PERMISSION_DENIED: Caller does not have required permission to use project. (USER_PROJECT_DENIED); glb-gcs check tells which roles are needed"
}

@test "a person's credentials that were revoked" {
	asking_start
	transfer_set '{"refresh_tokens": {}}'
	adc '{"type": "authorized_user", "client_id": "client-id",
		"client_secret": "client-secret", "refresh_token": "refresh-token"}'
	ask 1
	said "token from $GLB_TOKEN_ENDPOINT: 400 invalid_grant: Token has been expired or revoked."
}

external() { # SOURCE [MORE]
	jq -n --argjson source "$1" --argjson more "${2-null}" '{
		type: "external_account", audience: "//iam.googleapis.com/x",
		subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
		token_url: "https://sts.googleapis.com/v1/token",
		credential_source: $source} + $more'
}
impersonation='{"service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/backup@p.iam.gserviceaccount.com:generateAccessToken"}'

@test "an external account with a text file, and with a JSON file" {
	asking_start
	echo subject-token >subject
	adc "$(external '{"file": "subject"}')"
	ask 0
	echo '{"x": {"y": 1}, "tok": "subject-token"}' >subject
	adc "$(external '{"file": "subject", "format": {"type": "json",
		"subject_token_field_name": "tok"}}')"
	ask 0
	same "POST /token
GET /OPERATION
POST /token
GET /OPERATION" "$(asked)"
	echo '{"tok": 1}' >subject
	ask 1
	said "subject: no token in it"
	rm subject
	ask 1
	said "subject: No such file or directory"
}

@test "an external account that impersonates a service account" {
	asking_start
	echo subject-token >subject
	adc "$(external '{"file": "subject"}' "$impersonation")"
	ask 0
	same "POST /token
POST /v1/projects/-/serviceAccounts/backup@p.iam.gserviceaccount.com:generateAccessToken
GET /OPERATION" "$(asked)"
	transfer_set '{"impersonate": []}'
	ask 1
	grep -q '403 PERMISSION_DENIED: .*getAccessToken.* (IAM_PERMISSION_DENIED)' err
}

@test "impersonation by a person, with delegates" {
	asking_start
	adc "$(jq -n --argjson more "$impersonation" '{
		type: "impersonated_service_account", delegates: ["d1", "d2"],
		source_credentials: {type: "authorized_user", client_id: "client-id",
			client_secret: "client-secret", refresh_token: "refresh-token"}
		} + $more')"
	ask 0
	same '{"scope":["https://www.googleapis.com/auth/cloud-platform"],"lifetime":"3600s","delegates":["d1","d2"]}' \
		"$(transfer_log 'select(.raw_path | test("generate")).json')"
}

@test "impersonation by a service account, and by an impersonated one" {
	asking_start
	jq -n --slurpfile key key.json --argjson more "$impersonation" '{
		type: "impersonated_service_account", source_credentials: $key[0]
		} + $more' >one.json
	adc "$(cat one.json)"
	ask 0
	adc "$(jq --slurpfile one one.json '.source_credentials = $one[0]' one.json)"
	ask 0
	same 3 "$(asked | grep -c generateAccessToken)"
}

@test "the metadata server, asked as itself and by no proxy" {
	asking_start
	unset GOOGLE_APPLICATION_CREDENTIALS
	export GCE_METADATA_HOST=127.0.0.1:$transfer_port
	http_proxy=http://127.0.0.1:9/ ask 0
	same "GET /computeMetadata/v1/instance/service-accounts/default/token" \
		"$(asked | head -n 1)"
	same Google "$(transfer_log '.headers["metadata-flavor"] // empty' | sort -u)"
}

@test "what is no metadata server, one that is absent, and none at all" {
	asking_start
	unset GOOGLE_APPLICATION_CREDENTIALS
	export GCE_METADATA_HOST=127.0.0.1:$transfer_port
	transfer_fault '{"path": "computeMetadata", "status": 200, "body": {}}'
	ask 1
	grep -q 'not a metadata server: no Metadata-Flavor$' err
	GCE_METADATA_HOST=127.0.0.1:1 ask 1
	grep -q ': no credentials in any file, and token from http://127.0.0.1:1/: ' err
	GCE_METADATA_HOST=example.com ask 1
	said "glb-gcs: GCE_METADATA_HOST: neither this machine nor a metadata server"
	NO_GCE_CHECK=true ask 1
	said "glb-gcs: no credentials: give --service-account-file, or set GOOGLE_APPLICATION_CREDENTIALS"
}

@test "types that are not supported are refused by name, before anything" {
	asking_start
	for type in external_account_authorized_user gdch_service_account; do
		adc '{"type": "'"$type"'"}'
		ask 1
		said "glb-gcs: GOOGLE_APPLICATION_CREDENTIALS: $T/adc.json: credentials of the type $type are not supported"
	done
	for source in '"environment_id": "aws1"' '"executable": {}' '"url": "http://x"'; do
		adc "$(external "{$source}")"
		ask 1
		grep -q 'credential_source: an\? .* source is not supported$' err
	done
	same '' "$(asked)"
}
