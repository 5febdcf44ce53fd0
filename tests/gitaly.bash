# A site whose repositories belong to Gitaly: the stand-in of tests/fakes.
# SPDX-License-Identifier: MIT

# gitaly VERSION: a site with storage default, which lies in s, and a Gitaly
# of this version; its records are record, record.env and record.in.
gitaly() {
	export FAKE_GITALY_VERSION=$1 FAKE_GITALY_STORAGES=default=$T/s
	export FAKE_GITALY_RECORD=$T/record FAKE_GITALY_TOKEN='s"cr<t'
	export GITLAB_PATH=$T/gitlab
	[ ! -e s ] || return 0
	mkdir -p s gitlab/config
	echo 18.0.0 >gitlab/VERSION
	cat >gitlab/config/database.yml <<-YAML
		production: {main: {adapter: postgresql, database: none}}
	YAML
	servers 'unix:/nowhere/gitaly.socket'
}

# servers ADDRESS: where the site says that Gitaly is.
servers() {
	cat >gitlab/config/gitlab.yml <<-YAML
		production:
		  repositories: {storages: {default: {gitaly_address: '$1'}}}
		  gitaly: {token: 's"cr<t'}
		  backup: {gitaly_backup_path: $BATS_TEST_DIRNAME/fakes/gitaly-backup}
	YAML
}

# by_gitaly CODE ID PATH... [-- OPTION...]: backs them up into t; see try.
by_gitaly() {
	local code=$1 id=$2 paths=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		paths+=("$1")
		shift
	done
	lines "${paths[@]}" >list
	try "$code" glb-repos create --engine=gitaly --id="$id" "${@:2}" t <list
}

# gitaly_restores CODE [OPTION...]: brings the list back; see try.
gitaly_restores() {
	try "$1" glb-repos restore --engine=gitaly "${@:2}" t <list
}

# all_kinds: repositories in every state.
all_kinds() {
	normal a/b.git
	empty e.git
	normal h.git
	mkdir s/h.git/custom_hooks
	echo exit >s/h.git/custom_hooks/update
	chmod 755 s/h.git/custom_hooks/update
}
kinds=(a/b.git e.git h.git)

# statuses: "PATH STATUS REFS" of each result, sorted, on one line each.
statuses() {
	jq -r '"\(.relative_path) \(.status) \(.refs)\(if .steps then " \(.steps)" else "" end)"' out | sort
}
