#!/usr/bin/env bats
# What every program has: --help, --version, a man page that agrees with both.
# SPDX-License-Identifier: MIT
load helper

programs() {
	for p in "$BATS_TEST_DIRNAME"/../man/*.1; do
		p=${p##*/}
		echo "${p%.1}"
	done
}

# The long options that a program's help shows, for all of its verbs.
help_options() {
	local verb
	for verb in '' $("$1" --help | sed -n 's/^  '"$1"' \([a-z]*\) .*/\1/p') \
		backup check list show verify; do
		# shellcheck disable=SC2086 # no verb is no word
		"$1" $verb --help 2>/dev/null
	done | grep -oE -- '(^|[[ ])--[a-z][a-z-]*' | tr -d '[ ' | sort -u
}

# The long options that its man page documents in lists.
man_options() {
	grep -E '^\.It.*Fl ' "$BATS_TEST_DIRNAME/../man/$1.1" |
		grep -oE '(Fl|,) -[a-z][a-z-]*' | sed 's/.* -/--/' | sort -u
}

@test "every option of --help is in the man page, and the reverse" {
	for p in $(programs); do
		help_options "$p" | cat - <(printf '%s\n' --help --version) |
			sort -u >help
		man_options "$p" | cat - <(printf '%s\n' --help --version) |
			sort -u >man
		diff -u man help || {
			echo "$p: man page and --help differ"
			false
		}
	done
}

@test "the verbs of SYNOPSIS are those of --help" {
	for p in $(programs); do
		[ "$p" != gitlab-backup-cli ] || continue
		"$p" --help | sed -n 's/^  '"$p"' \([a-z]*\) .*/\1/p' >help
		sed -n '/^.Sh SYNOPSIS/,/^.Sh DESCRIPTION/s/^\.Cm \([a-z]*\).*/\1/p' \
			"$BATS_TEST_DIRNAME/../man/$p.1" >man
		diff -u man help
	done
}

@test "--version prints the name and the version, status 0" {
	for p in $(programs); do
		[ "$p" != gitlab-backup-cli ] || continue
		try 0 "$p" --version
		grep -qxE "$p [0-9]+\.[0-9]+\.[0-9]+" out
	done
	try 0 gitlab-backup-cli --version
	grep -qxE 'GitLab Backup CLI \([0-9]+\.[0-9]+\.[0-9]+\)' out
}

@test "--help into a full disk or a closed stdout is status 1" {
	for p in $(programs); do
		try 1 bash -c "$p --help >/dev/full"
		try 1 bash -c "$p --help >&-"
	done
}

@test "no secret of the site is in a plan, a check or a message" {
	copy=$T/site
	mkdir -p "$copy/config"
	cp "$GITLAB_PATH/VERSION" "$copy"
	cp "$GITLAB_PATH/config/gitlab.yml" "$copy/config"
	printf 'production:\n  main:\n    adapter: postgresql\n%s\n%s\n%s\n' \
		'    database: none' "    host: $T" '    password: hush-hush' \
		>"$copy/config/database.yml"
	export GITLAB_PATH=$copy
	gitlab-backup-cli backup all --dry-run >plan
	gitlab-backup-cli check >check 2>&1 || true
	gitlab-backup-cli backup all >run 2>&1 || true
	grep -q 'glb-dbdump' plan
	run ! grep -rq hush-hush plan check run
}
