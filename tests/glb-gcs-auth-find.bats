#!/usr/bin/env bats
# glb-gcs: where credentials are looked for, and what is wrong with a file.
# SPDX-License-Identifier: MIT
load helper
load transfer
load asking

teardown() { transfer_stop; }

# person NAME: credentials that give themselves away by that.
person() {
	jq -n --arg name "$1" '{type: "authorized_user", client_id: $name,
		client_secret: "client-secret", refresh_token: "refresh-token"}'
}

# client: which of them the last request for a token came from.
client() {
	transfer_log '.body' | sed -n 's/.*client_id=\([a-z_0-9]*\).*/\1/p' |
		tail -n 1
}

@test "the search order of files, each before all so far; a variable first" {
	asking_start
	unset GOOGLE_APPLICATION_CREDENTIALS
	transfer_set '{"clients": {"client-id": "x"}}'
	export HOME=$T/home CLOUDSDK_CONFIG=
	mkdir -p home/.config/gcloud home/.config/google_cloud sdk
	# From the last place to the first: each is taken before all so far.
	person ruby >home/.config/google_cloud/application_default_credentials.json
	ask 1
	same ruby "$(client)"
	person home >home/.config/gcloud/application_default_credentials.json
	ask 1
	same home "$(client)"
	export CLOUDSDK_CONFIG=$T/sdk
	person sdk >sdk/application_default_credentials.json
	ask 1
	same sdk "$(client)"
	person variable >variable
	GOOGLE_APPLICATION_CREDENTIALS=$T/variable ask 1
	same variable "$(client)"
}

@test "the search order of variables, each before all so far; the option first" {
	asking_start
	transfer_set '{"clients": {"client-id": "x"}}'
	for name in GOOGLE_APPLICATION_CREDENTIALS GCLOUD_KEYFILE_JSON \
		GOOGLE_CLOUD_KEYFILE_JSON GOOGLE_CLOUD_CREDENTIALS_JSON \
		GCLOUD_KEYFILE GOOGLE_CLOUD_KEYFILE GOOGLE_CLOUD_CREDENTIALS; do
		person "${name,,}" >"$name"
		export "$name=$T/$name"
		ask 1
		same "${name,,}" "$(client)"
	done
	person option >option
	try 1 glb-gcs status --service-account-file=option "$op"
	same option "$(client)"
}

@test "a variable with the JSON itself" {
	asking_start
	GOOGLE_CLOUD_KEYFILE_JSON="$(person inline)" ask 1
	same inline "$(client)"
	GOOGLE_CLOUD_KEYFILE_JSON=" { \"type\": 5 }" ask 1
	said "glb-gcs: GOOGLE_CLOUD_KEYFILE_JSON: type: not a string"
	# What is neither is not shown: it may be a key.
	GOOGLE_CLOUD_KEYFILE_JSON="'$(person inline)'" ask 1
	same 1 "$(wc -l <err)"
	grep -q '^glb-gcs: GOOGLE_CLOUD_KEYFILE_JSON: ' err
}

@test "what is named and cannot be read is an error, and nothing else is tried" {
	asking_start
	for name in absent "$T"; do
		GOOGLE_CLOUD_KEYFILE=$name ask 1
		grep -q "^glb-gcs: GOOGLE_CLOUD_KEYFILE: $name: [NI].* director" err
		try 1 glb-gcs status --service-account-file="$name" "$op"
		grep -q "^glb-gcs: $name: [NI].* director" err
	done
	head -c 70000 /dev/zero >big
	try 1 glb-gcs status --service-account-file=big "$op"
	said "glb-gcs: big: File too large"
	same '' "$(asked)"
}

@test "a broken file is refused with the member that is wrong" {
	asking_start
	while IFS='!' read -r change want; do
		jq "$change" key.json >broken.json
		chmod 600 broken.json
		try 1 glb-gcs status --service-account-file=broken.json "$op"
		said "glb-gcs: broken.json: $want"
	done <<-'END'
		[]!not a JSON object
		{}!type: missing
		.type = "robot\nx"!type: has control characters
		.type = "robot"!credentials of the type robot are not known
		del(.client_email)!client_email: missing
		.client_email = {}!client_email: not a string
		.private_key = 5!private_key: missing
		.private_key = "x"!private_key: not a private key in PEM
		.private_key |= .[0:900]!private_key: not a private key in PEM
		.token_uri = "http://evil.example/token"!token_uri: plain http, and not to this machine
		.token_uri = "nonsense"!token_uri: not a URL
		.universe_domain = "evil.example/x"!universe_domain: not a domain
		.quota_project_id = "a\r\nb"!quota_project_id: has control characters
	END
	head -c 300 key.json >broken.json
	try 1 glb-gcs status --service-account-file=broken.json "$op"
	said "glb-gcs: broken.json: not a JSON object"
	same '' "$(asked)"
}

@test "broken external and impersonated accounts" {
	asking_start
	while IFS='|' read -r json want; do
		adc "$json"
		ask 1
		same "$want" "$(sed 's/.*adc.json: //' err)"
	done <<-'END'
		{"type": "external_account", "audience": "a", "subject_token_type": "t"}|credential_source: missing
		{"type": "external_account", "audience": "a", "subject_token_type": "t", "credential_source": {"file": 5}}|file: not a string
		{"type": "external_account", "audience": "a", "subject_token_type": "t", "credential_source": {"file": "f", "format": {"type": "xml"}}}|format: neither text nor json
		{"type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "http://evil/", "credential_source": {"file": "f"}}|token_url: plain http, and not to this machine
		{"type": "impersonated_service_account"}|service_account_impersonation_url: missing
		{"type": "impersonated_service_account", "service_account_impersonation_url": "https://x/"}|service_account_impersonation_url: not the URL of :generateAccessToken
		{"type": "impersonated_service_account", "service_account_impersonation_url": "https://x/serviceAccounts/a:generateAccessToken"}|source_credentials: missing
		{"type": "impersonated_service_account", "service_account_impersonation_url": "https://x/serviceAccounts/a:generateAccessToken", "source_credentials": {"type": "gdch_service_account"}}|source_credentials: credentials of the type gdch_service_account are not supported
	END
	same '' "$(asked)"
}

@test "a key that every user may read is used, and warned of" {
	asking_start
	chmod 644 key.json
	ask 0
	said "glb-gcs: $T/key.json: every user of this machine may read it: mode 0644"
	chmod 640 key.json
	ask 0
	said ''
}

@test "a key through a pipe" {
	asking_start
	try 0 glb-gcs status --service-account-file=<(cat key.json) "$op"
}
