# scripts/sample-site: what a site holds, and that nothing of it stays behind.
# SPDX-License-Identifier: MIT
load helper

# The file's own site: shared databases, same sizes as SITE's; to be read.
setup_file() {
	export OWN=$BATS_FILE_TMPDIR/own
	"$BATS_TEST_DIRNAME/../scripts/sample-site" create "$OWN" --databases shared \
		--projects 12 --blobs-mb=4 --rows 2000 >"$OWN.env" 3>&- 5>"$OWN.held"
}
teardown_file() {
	"$BATS_TEST_DIRNAME/../scripts/sample-site" destroy "$OWN"
}

sample_site() { "$BATS_TEST_DIRNAME/../scripts/sample-site" "$@"; }

# small DIR OPTION...: the smallest site
small() { sample_site create --projects 1 --blobs-mb 0 --rows 100 "$@"; }

own() { . "$OWN.env"; }

sql() { # DATABASE QUERY
	$SAMPLE_AS psql -XAt -h "$SAMPLE_PGHOST" -p "$SAMPLE_PGPORT" \
		-U "$SAMPLE_PGUSER" -d "$1" -c "$2"
}

repo() { # PROJECT_ID [SUFFIX]: its directory
	local sum at
	sum=$(printf %d "$1" | sha256sum)
	at=@hashed/${sum:0:2}/${sum:2:2}/${sum:0:64}${2:-}.git
	printf '%s\n' "$SAMPLE_REPOSITORIES"/*/"$at"
}

git_in() { # DIR ARGUMENT...: git as the site's user, who owns the directory
	$SAMPLE_AS git -C "$1" "${@:2}"
}

pid_of() { head -n 1 "$1/postgres/postmaster.pid"; }

gone() { # PID: no process, or one that is dead and waits to be reaped
	run ! grep -Eqs '^State:[[:space:]]+[^ZX[:space:]]' "/proc/$1/status"
}

# Everything of a site but cluster internals and its own path.
contents() { # in the environment of the site
	local d=$SAMPLE_DIR
	(cd "$d" && find gitlab repositories -path gitlab/config -prune -o -type f -print0 |
		sort -z | xargs -0 sha256sum)
	(cd "$d" && find gitlab/shared gitlab/public/uploads gitlab/builds \
		-printf '%p %y %m %n %s %l %T@\n' | sort)
	(cd "$d" && find repositories -printf '%p %y %m %l\n' | sort)
	sed "s|$d|DIR|" "$d"/gitlab/config/*.yml
	for db in "$SAMPLE_DB_MAIN" "$SAMPLE_DB_CI"; do
		$SAMPLE_AS pg_dump -h "$SAMPLE_PGHOST" -p "$SAMPLE_PGPORT" \
			-U "$SAMPLE_PGUSER" "$db" | sed '/^\\\(un\)\?restrict /d'
	done
}

@test "two databases: the rows of ci are in ci, all others in main" {
	local big='(SELECT count(*) FROM issues) + (SELECT count(*) FROM notes)
		+ (SELECT count(*) FROM events)
		+ (SELECT count(*) FROM merge_request_diff_commits)'
	local ci='(SELECT count(*) FROM ci_builds) + (SELECT count(*) FROM ci_pipelines)
		+ (SELECT count(*) FROM gitlab_partitions_dynamic.ci_builds_102)
		+ (SELECT count(*) FROM gitlab_partitions_dynamic.ci_pipelines_102)'
	same 1400,0 "$(sql gitlabhq_production "SELECT $big, $ci" | tr '|' ,)"
	same 0,600 "$(sql gitlabhq_production_ci "SELECT $big, $ci" | tr '|' ,)"
	grep -q 'database: gitlabhq_production_ci' "$GITLAB_PATH/config/database.yml"
}

@test "shared database: main has the rows of ci, which is no task of its own" {
	own
	same gitlabhq_production "$SAMPLE_DB_CI"
	same 600 "$(sql "$SAMPLE_DB_CI" 'SELECT (SELECT count(*) FROM p_ci_builds)
		+ (SELECT count(*) FROM p_ci_pipelines)')"
	grep -q 'database_tasks: false' "$GITLAB_PATH/config/database.yml"
	same 1 "$(sql "$SAMPLE_DB_MAIN" "SELECT count(*) FROM pg_database
		WHERE datname LIKE 'gitlab%'")"
}

@test "writing to the other database's tables is refused" {
	run sql gitlabhq_production_ci 'DELETE FROM projects'
	same 'ERROR:  Table: "projects" is write protected within this Gitlab database.' \
		"${lines[0]}"
	run sql gitlabhq_production 'DELETE FROM ci_builds'
	same 'ERROR:  Table: "ci_builds" is write protected within this Gitlab database.' \
		"${lines[0]}"
}

@test "the five views have rows" {
	local view counts=
	for view in project_routes_view project_design_management_routes_view \
		project_snippets_routes_view personal_snippets_view \
		group_wikis_routes_view; do
		counts+=" $(sql gitlabhq_production "SELECT count(*) FROM $view")"
	done
	same ' 12 3 8 5 3' "$counts"
}

@test "the owner of the databases is no superuser and owns no extension" {
	same f "$(sql gitlabhq_production \
		'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')"
	same btree_gist,pg_trgm "$(sql gitlabhq_production "SELECT string_agg(extname, ','
		ORDER BY extname) FROM pg_extension WHERE extowner = 10 AND extname <> 'plpgsql'")"
}

@test "only peers of the map get in, and only through the socket" {
	run ! $SAMPLE_AS psql -h "$SAMPLE_PGHOST" -p "$SAMPLE_PGPORT" -U nobody postgres
	[[ $output == *'Peer authentication failed for user "nobody"'* ]]
	same '' "$(sql gitlabhq_production 'SHOW listen_addresses')"
}

@test "every repository is whole, and every row has one but those of the list" {
	local kind id storage path missing=
	while IFS='|' read -r kind id storage path; do
		path=$SAMPLE_REPOSITORIES/$storage/$path
		if [ -d "$path" ]; then
			git_in "$path" fsck --full --strict
		else
			missing+=" $kind:$id"
		fi
	done < <(sql gitlabhq_production \
		"$(cat "$BATS_TEST_DIRNAME/../scripts/sample/repositories.sql")")
	same ' personal:10000002 project:3 wiki:3 wiki:6 wiki:9 wiki:12' "$missing"
	same 38 "$(find "$SAMPLE_REPOSITORIES" -name '*.git' -prune | wc -l)"
}

@test "project 12 is damaged, and no other" {
	local d bad=
	own
	while read -r d; do
		git_in "$d" fsck >"$T/fsck" 2>&1 || bad+=$d
	done < <(find "$SAMPLE_REPOSITORIES" -name '*.git' -prune)
	same "$(repo 12)" "$bad"
}

@test "special repositories are as the list says" {
	same '' "$(git_in "$(repo 2)" for-each-ref)"
	[ -x "$(repo 4)/custom_hooks/update.d/10-first" ]
	same pre-receive "$(readlink "$(repo 4)/custom_hooks/post-receive")"
	same sha256 "$(git_in "$(repo 5)" rev-parse --show-object-format)"
	[ -s "$(repo 6)/packed-refs" ]
	[ -e "$(repo 6)/refs/heads/loose" ]
	run ! git_in "$(repo 7)" symbolic-ref -q HEAD
	same refs/heads/gone "$(git_in "$(repo 8)" symbolic-ref HEAD)"
	run ! git_in "$(repo 8)" rev-parse -q --verify HEAD
	git_in "$SAMPLE_REPOSITORIES/default/group-5/project-9.git" rev-parse HEAD
	same "refs/heads/it's-\"50%\"-done" "$(git_in "$(repo 11)" symbolic-ref HEAD)"
}

@test "a fork borrows all but its own commit from the pool" {
	same 3 "$(git_in "$(repo 10)" count-objects | cut -d' ' -f1)"
	[ "$(git_in "$(repo 10)" rev-list --all --objects | wc -l)" -gt 100 ]
	same ../../../../../@pools "$(cut -d/ -f1-6 "$(repo 10)/objects/info/alternates")"
}

@test "ordinary repositories have the refs that GitLab makes" {
	local prefix
	for prefix in heads tags merge-requests/4/head merge-requests/4/merge \
		keep-around pipelines environments; do
		[ -n "$(git_in "$(repo 1)" for-each-ref "refs/$prefix")" ]
	done
	same tag "$(git_in "$(repo 1)" cat-file -t refs/tags/v1.0)"
	same commit "$(git_in "$(repo 1)" cat-file -t refs/tags/v0.1)"
}

@test "every kind of blob has files, what is to be left out, and odd names" {
	local kind odd=$GITLAB_PATH/shared/artifacts/odd
	for kind in public/uploads builds shared/{artifacts,pages,lfs-objects,registry} \
		shared/{terraform_state,packages,ci_secure_files,external-diffs} \
		shared/agent_plan_content; do
		[ -n "$(find "$GITLAB_PATH/$kind" -type f -size +1k -print -quit)" ]
	done
	same 18 "$(find "$GITLAB_PATH" -name left-out | wc -l)"
	[ -f "$odd/$(printf 'n%.0s' {1..255})" ]
	[ -f "$odd"/$'latin-1 gr\xfc\xdfe' ]
	[ -f "$odd"/-rf ]
	same '4755 1777 3' "$(stat -c %a "$odd/mode-4755" "$odd/sticky" | xargs) $(
		stat -c %h "$odd/hard-2")"
	[ "$(du -k "$odd/sparse" | cut -f1)" -lt 100 ]
	[ "$(du -sk "$GITLAB_PATH" | cut -f1)" -gt 4000 ]
	[ "$(du -sk "$GITLAB_PATH" | cut -f1)" -lt 7000 ]
}

@test "210 MiB of blobs or more hold one file of 200" {
	small "$T/site" --blobs-mb 210 >"$T/env"
	same 209715200 "$(find "$T/site/gitlab" -size +50M -printf %s)"
	sample_site destroy "$T/site"
}

@test "equal options give equal contents" {
	(own && contents) >"$T/1"
	sample_site create "$T/site" --databases=shared --projects=12 --blobs-mb 4 \
		--rows=2000 >"$T/env"
	(. "$T/env" && contents) >"$T/2"
	sample_site destroy "$T/site"
	[ "$(wc -l <"$T/1")" -gt 10000 ]
	diff "$T/1" "$T/2"
}

@test "two sites run at once, each with a server of its own" {
	kill -0 "$(pid_of "$SITE")" "$(pid_of "$OWN")"
	same 12 "$(sql gitlabhq_production 'SELECT count(*) FROM projects')"
	own
	same 12 "$(sql gitlabhq_production 'SELECT count(*) FROM projects')"
}

@test "stop and start may be repeated; start prints what create printed" {
	local pid
	small "$T/site" >"$T/env"
	pid=$(pid_of "$T/site")
	try 0 sample_site stop "$T/site"
	same '' "$(cat "$T/out" "$T/err")"
	gone "$pid"
	sample_site stop "$T/site"
	try 0 sample_site start "$T/site"
	cmp "$T/env" "$T/out"
	pid=$(pid_of "$T/site")
	sample_site start "$T/site" >"$T/out"
	same "$pid" "$(pid_of "$T/site")"
	sample_site destroy "$T/site"
}

@test "the server holds none of the caller's descriptors" {
	ls -l "/proc/$(pid_of "$OWN")/fd" >"$T/fds"
	grep -q '/postgres.log$' "$T/fds"
	run ! grep -E '/own\.(held|env)$' "$T/fds"
}

@test "destroy leaves no process, no directory and no socket" {
	local long pid
	long=$T/$(printf 'long %.0s' {1..30})/site
	mkdir -p "${long%/*}"
	small "$long" >"$T/env"
	. "$T/env"
	pid=$(pid_of "$long")
	same 1 "$(sql gitlabhq_production 'SELECT count(*) FROM projects')"
	try 0 sample_site destroy "$long"
	same '' "$(cat "$T/out" "$T/err")"
	gone "$pid"
	[ ! -e "$long" ]
	[ ! -e "$SAMPLE_PGHOST" ]
}
