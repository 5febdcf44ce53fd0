#!/usr/bin/env bats
# gitlab-backup-cli extract: one repository of a backup, without the site.
# SPDX-License-Identifier: MIT
load helper
load site

# One backup for all tests, which only read it.
setup_file() {
	local T=$BATS_FILE_TMPDIR
	cd "$T"
	glb-repos list >list
	own_site
	gitlab-backup-cli backup db repositories -q --backup-id=one >log 2>&1
	export ONE=$B/one B LIST=$T/list
}

# without_site COMMAND...: with nothing that leads to a site.
without_site() {
	env -i PATH="$PATH" ASAN_OPTIONS="${ASAN_OPTIONS-}" \
		LSAN_OPTIONS="${LSAN_OPTIONS-}" "$@"
}

# ours NAME: the directory of the site's repository that GitLab calls so.
ours() {
	jq -r --arg name "$1" --arg dir "$SAMPLE_REPOSITORIES" \
		'select(.gl_project_path == $name) |
		$dir + "/" + .storage_name + "/" + .relative_path' "$LIST"
}

# is_as DIR REPOSITORY: references, HEAD, hooks and objects are the same.
is_as() {
	git -c safe.directory='*' --git-dir="$2" show-ref --head >want || :
	git --git-dir="$1" show-ref --head | cmp - want
	cmp "$1/HEAD" "$2/HEAD"
	[ ! -d "$2/custom_hooks" ] || diff -r {"$1","$2"}/custom_hooks
	git --git-dir="$1" fsck --no-dangling
}

# fails CODE MESSAGE ARGUMENT...: extract fails so, and there is no d.
fails() {
	try "$1" without_site gitlab-backup-cli extract "${@:3}"
	grep -qxF "$2" err || {
		cat err
		return 1
	}
	[ ! -s out ]
	[ ! -e d ]
	same '' "$(find . -name '.glb-extract*')"
}

@test "each kind of repository by its path, without a site; the site untouched" {
	local kind name n=0
	all() {
		find "$GITLAB_PATH" "$SAMPLE_REPOSITORIES" "$ONE" \
			-printf '%p %i %T@ %C@\n' | sort
	}
	all >before
	for kind in '/project-[0-9]*' '.*\.wiki' 'group-[0-9]*\.wiki' \
		'.*\.design' '/.*/snippets/.*' 'snippets/.*'; do
		name=$(jq -r .gl_project_path "$LIST" | grep -x ".*$kind" | head -n 1)
		try 0 without_site gitlab-backup-cli extract "$ONE" \
			--repository="$name" "d$n"
		same "d$n" "$(cat out)"
		[ ! -s err ]
		is_as "d$n" "$(ours "$name")"
		n=$((n + 1))
	done
	all | diff before -
}

@test "legacy storage, another case of letters, a path on the storage" {
	local legacy path
	legacy=$(jq -r 'select(.always_create) | .relative_path' "$LIST" |
		grep -v ^@ | head -n 1)
	try 0 without_site gitlab-backup-cli extract "$ONE" a \
		--repository="$(tr a-z A-Z <<<"${legacy%.git}")"
	is_as a "$SAMPLE_REPOSITORIES/default/$legacy"
	try 0 without_site gitlab-backup-cli extract "$ONE" b --repository="$legacy"
	is_as b "$SAMPLE_REPOSITORIES/default/$legacy"
	path=$(cd "$SAMPLE_REPOSITORIES/storage2" && echo @hashed/*/*/*.git)
	path=${path%% *}
	try 0 without_site gitlab-backup-cli extract --backup-path="$B" latest c \
		--repository="$path"
	is_as c "$SAMPLE_REPOSITORIES/storage2/$path"
}

@test "an id or latest is looked for in the site's backup path" {
	local name
	name=$(jq -r .gl_project_path "$LIST" | head -n 1)
	export GITLAB_PATH=${B%/tmp/backups}
	try 0 gitlab-backup-cli extract one "$T/a" --repository="$name"
	same "$T/a" "$(cat out)"
	is_as a "$(ours "$name")"
	try 0 gitlab-backup-cli extract latest e --repository="$name"
	fails 1 'gitlab-backup-cli: f/: No such file or directory' f/ d \
		--repository="$name"
	try 1 gitlab-backup-cli extract none d --repository="$name"
	[ ! -e d ]
}

@test "of several backups in one tree it is the one that was asked for" {
	local name tree=copy/repositories id
	name=$(jq -r .relative_path "$LIST" | head -n 1)
	cp -r "$ONE" copy
	# A newer run, of which this backup is not.
	mkdir -p s/default
	git init -q --bare "s/default/$name"
	jq -c "select(.relative_path == \"$name\")" "$LIST" |
		glb-repos create --id=two --storage=default=s/default $tree
	try 0 without_site gitlab-backup-cli extract ./copy d --repository="$name"
	is_as d "$SAMPLE_REPOSITORIES/default/$name"
	rm "$tree/backup_ids/one"
	try 0 without_site gitlab-backup-cli extract ./copy e --repository="$name"
	is_as e "s/default/$name"
}

@test "names that lead nowhere: status 1, and who says so" {
	fails 1 'glb-repos: group/none: not in the dump' "$ONE" d \
		--repository=group/none
	fails 1 "glb-repos: @hashed/x.git: $ONE/repositories has no backup of @hashed/x.git" \
		"$ONE" d --repository=@hashed/x.git
	fails 1 "glb-repos: snippets/1: $ONE/repositories has no backup of @snippets/6b/86/6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b.git" \
		"$ONE" d --repository=snippets/1
	local missing
	missing=$(jq -r '.storage_name + "/" + .relative_path' "$LIST" |
		while read -r path; do
			[ -e "$SAMPLE_REPOSITORIES/$path" ] || echo "$path"
		done | head -n 1)
	fails 1 "glb-repos: $missing: did not exist when it was backed up" \
		"$ONE" d --repository="${missing#*/}"
}

@test "a wrong command line: status 2" {
	fails 2 "gitlab-backup-cli: --repository: the repository's name is missing" \
		"$ONE" d
	fails 2 "gitlab-backup-cli: --repository: the repository's name has a component of dots" \
		"$ONE" d --repository=../x
	fails 2 "gitlab-backup-cli: --repository: the repository's name holds a control character" \
		"$ONE" d --repository=$'a\x1b'
	try 2 gitlab-backup-cli extract "$ONE" --repository=a/b
	try 2 gitlab-backup-cli extract "$ONE" d e --repository=a/b
	[ ! -e d ]
}

@test "DIR is there: status 1 before anything is read" {
	mkdir copy copy/repositories x
	cp "$ONE/backup_information.json" copy
	ln -s nowhere l
	for dir in x l ..; do
		try 1 gitlab-backup-cli extract ./copy $dir --repository=@a.git
		same "gitlab-backup-cli: $dir: File exists" "$(cat err)"
	done
	fails 1 'glb-repos: no/d: No such file or directory' "$ONE" no/d \
		--repository="$(jq -r .gl_project_path "$LIST" | head -n 1)"
}

@test "a backup without dump, without repositories, with those of Gitaly" {
	local path
	path=$(jq -r .relative_path "$LIST" | head -n 1)
	cp -r "$ONE" copy
	rm -r copy/db
	fails 1 "gitlab-backup-cli: $T/copy: has no db/database.sql.gz, which knows where repositories lie: name it by its path on the storage, @hashed/..." \
		./copy d --repository=a/b
	try 0 without_site gitlab-backup-cli extract ./copy e --repository="$path"
	is_as e "$SAMPLE_REPOSITORIES/default/$path"
	rm -r copy/repositories
	fails 1 "gitlab-backup-cli: $T/copy: has no repositories" \
		./copy d --repository=a/b
	echo '{"repositories":{"server_side":true}}' >copy/backup_report.json
	fails 1 "gitlab-backup-cli: $T/copy: has no repositories: Gitaly has them in its own object storage" \
		./copy d --repository=a/b
}

@test "a dump whose sum does not hold: status 3, nothing is made of it" {
	local name
	name=$(jq -r .gl_project_path "$LIST" | head -n 1)
	cp -r "$ONE" copy
	# Sound in itself: another dump than the one that was backed up.
	zcat copy/db/database.sql.gz | sed 's/pg_dump version/& /' | gzip >new
	mv new copy/db/database.sql.gz
	try 3 without_site gitlab-backup-cli extract ./copy d --repository="$name"
	grep -q 'glb-meta: .*database.sql.gz' err
	[ ! -e d ]
	truncate -s -100 copy/db/database.sql.gz
	try 3 without_site gitlab-backup-cli extract ./copy d --repository="$name"
	[ ! -s out ]
	[ ! -e d ]
}

@test "TERM, INT and HUP while it works: dies of them, nothing is left" {
	local name signal got driver
	name=$(jq -r .gl_project_path "$LIST" | head -n 1)
	mkdir marks
	mkfifo marks/never
	fake git <<-END
		#!/bin/sh
		[ "\$2" != index-pack ] || { : >$T/marks/began; read x <$T/marks/never; }
		exec $(real git) "\$@"
	END
	for signal in TERM INT HUP; do
		rm -f marks/began
		GLB_TEST_MARK=$T env --default-signal=INT,HUP gitlab-backup-cli \
			extract "$ONE" d --repository="$name" >out 2>err 3>&- &
		driver=$!
		awaited $driver [ -e marks/began ]
		got=0
		kill -$signal $driver
		wait $driver || got=$?
		same $((128 + $(kill -l $signal))) $got
		[ ! -s out ]
		[ ! -e d ]
		same '' "$(find . -name '.glb-extract*')"
		none_left
	done
}
