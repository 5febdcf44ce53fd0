#!/usr/bin/env bats
# gitlab-backup-cli: the command line of the original, and check.
# SPDX-License-Identifier: MIT
load helper
load site

@test "version, --version, -v and an abbreviation: the original's line" {
	for args in version --version -v vers; do
		try 0 gitlab-backup-cli $args
		grep -qxE 'GitLab Backup CLI \([0-9.]+\)' out
	done
}

@test "help in all its forms is the same text, status 0" {
	gitlab-backup-cli help >want
	same "GitLab Backup CLI commands:" "$(head -n 1 want)"
	grep -q '^  gitlab-backup-cli backup          # Manage repositories, database' want
	for args in '' --help -h 'help help'; do
		try 0 gitlab-backup-cli $args
		cmp want out
	done
	gitlab-backup-cli help backup >want
	grep -qF 'gitlab-backup-cli backup all' want
	grep -qF '[--wait-for-completion], [--no-wait-for-completion]' want
	grep -qF '# Default: /etc/gitlab/backup-account-credentials.json' want
	for args in 'backup help' 'backup --help' 'help backup all' 'backup help all'; do
		try 0 gitlab-backup-cli $args
		cmp want out
	done
}

@test "lists of commands are cut to the terminal's width" {
	COLUMNS=50 gitlab-backup-cli help >out
	same 50 "$(wc -L <out)"
	grep -q '\.\.\.$' out
}

@test "wrong command lines: 2, a hint, nothing on stdout" {
	try 2 gitlab-backup-cli bakup all
	grep -q '^gitlab-backup-cli: bakup: unknown verb; did you mean backup?' err
	for args in backup 'backup all --bogus' 'show' 'show a b' 'list x' \
		'backup all --jobs=0' 'backup all --log-format=xml' 'help bogus' \
		'list --skip=db' 'check everything'; do
		try 2 gitlab-backup-cli $args
		[ ! -s out ]
		[ -s err ]
	done
}

@test "the original's options are taken, before and after the words" {
	own_site
	gitlab-backup-cli --service-account-file /x backup lfs \
		--no-wait-for-completion --backup-bucket=b --registry-bucket r \
		-q --backup-id=x
	[ -e "$B/x/lfs.tar.gz" ]
}

@test "check: what was found, as text and as JSON" {
	own_site
	try 0 gitlab-backup-cli check
	grep -qE '^gitlab_version +18\.2\.1$' out
	grep -qE '^  uploads +found +' out
	try 0 gitlab-backup-cli check --json
	same "source 18.2.1 main ci default storage2" "$(jq -r '[.installation,
		.gitlab_version, .databases[].name, .storages[].name] | join(" ")' out)"
	jq -e '.programs[] | select(.program == "git") | .version | test("^git version")' out
	same "[]" "$(jq -c .problems out)"
}

@test "check: a missing program or storage is 1, a bucket is 4" {
	own_site
	fake git <<<'exit 1'
	try 1 gitlab-backup-cli check --json
	same "git" "$(jq -r '.problems[].what' out)"
	rm -r "$T/fake"
	sed -i 's,path: .*/storage2,&-gone,' "$GITLAB_PATH/config/gitlab.yml"
	try 1 gitlab-backup-cli check --json
	same "storage2 missing" "$(jq -r '.problems[] | .what + " " + .why' out)"
}

@test "check: a database that cannot be reached, or not dumped, is 1" {
	own_site
	fake pg_dump <<<'echo "pg_dump (PostgreSQL) 9.6.1"'
	try 1 gitlab-backup-cli check --json
	same "databases" "$(jq -r '.problems[].what' out)"
	grep -q '^glb-dbdump: pg_dump 9.6.1 is older than the server' err
	rm -r "$T/fake"
	sed -i 's,^\( *\)host: .*,\1host: /nonexistent,' "$GITLAB_PATH/config/database.yml"
	try 1 gitlab-backup-cli check --json
	same "databases" "$(jq -r '.problems[].what' out)"
	grep -q '^glb-dbdump: database main' err
}

@test "kinds in a bucket: named beforehand, named after, status 4" {
	own_site
	sed -i '/^  ci_secure_files:/a\    object_store: { enabled: true, remote_directory: secure/deep, connection: { provider: Google } }' \
		"$GITLAB_PATH/config/gitlab.yml"
	try 4 gitlab-backup-cli check
	grep -q '^  ci_secure_files .* secure/deep' out
	try 4 gitlab-backup-cli backup all -q --backup-id=x
	grep -q 'Not in the backup: ci_secure_files: kept in bucket secure/deep (Google), which is not backed up' err
	same "incomplete ci_secure_files" "$(jq -r '.status + " " + .left_out[].what' \
		"$B/x/backup_report.json")"
	[ -e "$B/x/ci_secure_files.tar.gz" ]
}

@test "a broken configuration: one message with file, line and key; 1" {
	own_site
	yml=$GITLAB_PATH/config/gitlab.yml
	cp "$yml" good
	bad() { # MESSAGE: every verb that reads the site says just this
		for verb in 'backup all' check list; do
			try 1 gitlab-backup-cli $verb
			[ ! -s out ]
			same 1 "$(wc -l <err)"
			grep -qE "^gitlab-backup-cli: $1" err || { cat err; false; }
		done
		cp good "$yml"
	}
	printf 'production:\n  a: [1\n' >"$yml"
	bad "$yml: line [0-9]+: "
	printf 'production:\n  backup:\n    path: <%%= 1 %%>\n' >"$yml"
	bad "$yml: line 3: .*ERB"
	printf 'production:\n  backup:\n    path: [x]\n' >"$yml"
	bad "$yml: line 3: .*backup.path"
	printf 'development: {}\n' >"$yml"
	bad "$yml: .*production"
	db=$GITLAB_PATH/config/database.yml
	cp "$db" db
	sed -i 's/^    port: .*/    port: none/' "$db"
	bad "$db: line [0-9]+: production.main.port: must be"
	cp db "$db"
	rm "$yml"
	bad "$yml: No such file or directory"
	rm "$GITLAB_PATH/VERSION"
	bad "$GITLAB_PATH/VERSION: No such file or directory"
	[ ! -e "$B" ]
}

@test "a misspelt task is 2 even where there is no site" {
	unset GITLAB_PATH
	try 2 gitlab-backup-cli backup uplaods
	same "gitlab-backup-cli: uplaods: no such task; did you mean uploads?" \
		"$(cat err)"
	try 2 gitlab-backup-cli backup all --backup-path=
	same "gitlab-backup-cli: --backup-path: is empty" "$(cat err)"
}

@test "no site anywhere: 1, and where it was looked for" {
	unset GITLAB_PATH
	try 1 gitlab-backup-cli list
	grep -q '^gitlab-backup-cli: ' err
	grep -q '/opt/gitlab' err
}
