#!/usr/bin/env bats
# glb-gcs: whom it trusts, and by which way it asks.
# SPDX-License-Identifier: MIT
load helper
load transfer
load asking

teardown() {
	[ -z "${tls_pid-}" ] || kill "$tls_pid"
	transfer_stop
}

# certificate NAME HOST: for itself, NAME.pem.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$2" -addext "subjectAltName=$2" -days 2 \
		-keyout "$1.pem" -out crt 2>req.log
	cat crt >>"$1.pem"
}

# tls_start CERTIFICATE: a real TLS server that has the operation's answer.
tls_start() {
	mkdir -p www/v1/transferOperations
	{
		printf 'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n'
		transfer_state '.operations[0]'
	} >"www/v1/$op"
	mkfifo tls.out
	(cd www && exec openssl s_server -HTTP -accept 127.0.0.1:0 \
		-cert "../$1.pem" -key "../$1.pem") >tls.out 2>tls.err 3>&- &
	tls_pid=$!
	exec {tls_fd}<tls.out
	while read -r -u "$tls_fd" line; do
		case $line in ACCEPT*) break ;; esac
	done
	tls_port=${line##*:}
	unset GLB_GCS_ENDPOINT
	export GLB_STS_ENDPOINT=https://localhost:$tls_port/
}

@test "a server that shows no trusted certificate is not asked, not twice" {
	asking_start
	certificate own DNS:localhost
	tls_start own
	ask 1
	said "SSL certificate problem: self-signed certificate (SSL_CERT_FILE may name its authority)"
	same "POST /token" "$(asked)"
}

@test "an authority of the administrator's: SSL_CERT_FILE, CURL_CA_BUNDLE, SSL_CERT_DIR" {
	asking_start
	certificate own DNS:localhost
	tls_start own
	SSL_CERT_FILE=$T/own.pem ask 0
	CURL_CA_BUNDLE=$T/own.pem SSL_CERT_FILE=/absent ask 0
	mkdir certs
	cp crt "certs/$(openssl x509 -noout -hash -in crt).0"
	SSL_CERT_DIR=$T/certs ask 0
	SSL_CERT_FILE=/absent ask 1
	said "error setting certificate file: /absent"
}

@test "a certificate of another host, trusted or not" {
	asking_start
	certificate other DNS:other.example
	tls_start other
	SSL_CERT_FILE=$T/other.pem ask 1
	grep -q "no alternative certificate subject name matches target host name 'localhost'" err
}

@test "a token server that is not trusted gets no assertion" {
	asking_start
	certificate own DNS:localhost
	tls_start own
	export GLB_TOKEN_ENDPOINT=https://localhost:$tls_port/token
	ask 1
	said "token from $GLB_TOKEN_ENDPOINT: SSL certificate problem: self-signed certificate (SSL_CERT_FILE may name its authority)"
	same '' "$(asked)"
}

# The stand-in takes the place of a proxy: it sees, and refuses, CONNECT.
by_proxy() {
	export HTTPS_PROXY=http://user:proxy-password@127.0.0.1:$transfer_port
	export GLB_STS_ENDPOINT=https://transfer.invalid/
}

@test "a proxy is asked for what is elsewhere, not for this machine" {
	asking_start
	by_proxy
	export http_proxy=$HTTPS_PROXY all_proxy=$HTTPS_PROXY
	glb-gcs status "$op" >out 2>err 3>&- &
	pid=$!
	until asked | grep -q CONNECT; do kill -0 "$pid"; done
	kill -TERM "$pid"
	try 143 wait "$pid"
	same "POST /token
CONNECT transfer.invalid:443" "$(asked | head -n 2)"
	! grep proxy-password out err
}

@test "a proxy is not asked for what NO_PROXY names, nor its URL shown" {
	asking_start
	by_proxy
	# No loopback address, and yet this machine: nobody listens there.
	export GLB_STS_ENDPOINT=https://0.0.0.0:1/
	NO_PROXY=0.0.0.0 timeout -s INT 60 \
		glb-gcs status --time-limit=1 --wait "$op" >out 2>err || true
	same "POST /token" "$(asked)"
	HTTPS_PROXY=what://user:proxy-password@x ask 1
	! grep proxy-password out err
}
