# glb-repos list: the repositories that the main database knows.
# SPDX-License-Identifier: MIT
load helper
load database

setup_file() { database_setup; }
teardown_file() { database_teardown; }

# Every test has a database of its own, for most of them change it.
setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	db=glb_rows_$BATS_TEST_NUMBER
	database "$db"
	site
	connection main "$db"
}
teardown() {
	exec 9>&-
	sql postgres "DROP DATABASE IF EXISTS $db WITH (FORCE)"
}

views=(project_routes_view group_wikis_routes_view project_snippets_routes_view
	project_design_management_routes_view personal_snippets_view)

# expected: the list, put together by the server and not from the views.
expected() {
	sql "$db" "
		WITH project AS (SELECT p.id, p.repository_storage AS s, pr.disk_path AS d, r.path
			FROM projects p JOIN project_repositories pr ON pr.project_id = p.id
			JOIN routes r ON r.source_id = p.id AND r.source_type = 'Project'),
		snippet AS (SELECT n.id, n.type, h.name AS s, sr.disk_path AS d, p.path FROM snippets n
			JOIN snippet_repositories sr ON sr.snippet_id = n.id
			JOIN shards h ON h.id = sr.shard_id LEFT JOIN project p ON p.id = n.project_id)
		SELECT format('{\"storage_name\":\"%s\",\"relative_path\":\"%s\",'
			'\"gl_project_path\":\"%s\",\"always_create\":%s}', s, d, path,
			CASE kind WHEN 1 THEN 'true' ELSE 'false' END) FROM (
		SELECT 1 AS kind, id, s, d || '.git' AS d, path FROM project
		UNION ALL SELECT 2, id, s, d || '.wiki.git', path || '.wiki' FROM project
		UNION ALL SELECT 3, g.group_id, h.name, g.disk_path || '.wiki.git', r.path || '.wiki'
			FROM group_wiki_repositories g JOIN shards h ON h.id = g.shard_id
			JOIN routes r ON r.source_id = g.group_id AND r.source_type = 'Namespace'
		UNION ALL SELECT 4, id, s, d || '.design.git', path || '.design' FROM project
			WHERE id IN (SELECT project_id FROM design_management_repositories)
		UNION ALL SELECT 5, id, s, d || '.git', path || '/snippets/' || id
			FROM snippet WHERE type = 'ProjectSnippet'
		UNION ALL SELECT 6, id, s, d || '.git', 'snippets/' || id
			FROM snippet WHERE type = 'PersonalSnippet') x ORDER BY kind, id"
}
# lists [OPTION...]: the list is the file want, and nothing else happens.
lists() {
	try 0 glb-repos list "$@"
	diff want out
	same '' "$(cat err)"
}
# paths: the names that GitLab knows the listed ones by.
paths() { jq -r .gl_project_path out; }

@test "every kind in order, as the tables say" {
	expected >want
	[ "$(wc -l <want)" -gt 40 ]
	lists
	same "$(sql "$db" 'SELECT count(*) FROM projects')" "$(grep -c '"always_create":true' out)"
}

@test "the same list without the views, and without any one of them" {
	expected >want
	for view in "${views[@]}"; do
		definition=$(sql "$db" "SELECT pg_get_viewdef('$view')")
		sql "$db" "DROP VIEW $view"
		lists
		sql "$db" "CREATE VIEW $view AS $definition" "GRANT SELECT ON $view TO $SAMPLE_PGUSER"
	done
	for view in "${views[@]}"; do sql "$db" "DROP VIEW $view"; done
	lists
}

@test "the views are read where they are" {
	sql "$db" "CREATE OR REPLACE VIEW personal_snippets_view AS
		SELECT id, repository_storage, disk_path FROM project_snippets_routes_view WHERE id = 11"
	try 0 glb-repos list
	same '@snippets/4f/c8/4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8.git snippets/11' \
		"$(tail -n 1 out | jq -r '.relative_path + " " + .gl_project_path')"
}

@test "a GitLab that has no designs, group wikis or snippet repositories yet" {
	expected | grep -v '/snippets/\|"snippets/\|\.design"\|@groups' >want
	for view in "${views[@]}"; do sql "$db" "DROP VIEW $view"; done
	sql "$db" 'DROP TABLE design_management_repositories, group_wiki_repositories,
		snippet_repositories'
	lists
}

@test "legacy storage, storage_version null or 0: below the path" {
	sql "$db" "UPDATE projects SET storage_version = 0 WHERE id = 2" \
		"UPDATE projects SET storage_version = 1 WHERE id = 3"
	for round in views tables; do
		try 0 glb-repos list
		same "$(printf '%s.git\n%s.wiki.git\n%s.design.git\n' group-2/team-3/project-2{,,})" \
			"$(jq -r 'select(.gl_project_path | startswith("group-2/team-3/project-2"))
				| select(.gl_project_path | contains("snippets") | not).relative_path' out)"
		path=$(sql "$db" "SELECT path FROM routes WHERE source_type = 'Project' AND source_id = 9")
		grep -q "\"relative_path\":\"$path.git\"" out
		grep -q '"@hashed/4e/07/4e07408562be.*/project-3"' out
		for view in "${views[@]}"; do sql "$db" "DROP VIEW IF EXISTS $view"; done
	done
	same tables "$round"
}

@test "no column storage_version: all lie below @hashed" {
	sql "$db" 'ALTER TABLE projects DROP COLUMN storage_version'
	try 0 glb-repos list
	same '' "$(jq -r .relative_path out | grep -v '^@')"
}

@test "--storages: only those, of every kind" {
	expected | grep '"storage_name":"storage2"' >want
	lists --storages=storage2
	expected >want
	lists --storages=storage2,default
}

@test "--paths: a group with all that is below it, by any case, no personal snippets" {
	expected | grep '"gl_project_path":"group-2[/".]' >want
	[ "$(grep -c team-3 want)" -gt 3 ]
	lists --paths=group-2
	lists --paths=/Group-2/ --skip-paths=group-4
	expected | grep '"gl_project_path":"group-2/team-3[/".]' >want
	lists --paths=group-2/team-3
	expected | grep '"gl_project_path":"group-2/project-1[/".]' >want
	lists --paths=GROUP-2/project-1
	expected | grep '"gl_project_path":"group-\(2/project-1\|4\)[/".]' >want
	lists --paths=group-4,group-2/project-1
	grep '"storage_name":"default"' want >both && mv both want
	lists --paths=group-4,group-2/project-1 --storages=default
	sql "$db" "UPDATE routes SET path = initcap(path) WHERE path LIKE 'group-4%'"
	expected | grep '"gl_project_path":"Group-4[/".]' >want
	lists --paths=group-4
}

@test "--skip-paths: all but those, personal snippets too" {
	expected | grep -v '"gl_project_path":"group-2[/".]' >want
	lists --skip-paths=group-2
	expected | grep -v '"gl_project_path":"group-\(2/project-1\|4\)[/".]' >want
	lists --skip-paths=group-4,Group-2/Project-1
	skip=group-2/project-1,group-2/team-3
	expected | grep '"gl_project_path":"group-2[/".]' |
		grep -v '"group-2/\(project-1\|team-3\)[/".]' >want
	[ "$(wc -l <want)" -gt 3 ]
	lists --paths=group-2 --skip-paths=$skip
}

@test "--paths: % and _ and backslashes stand for themselves" {
	sql "$db" "UPDATE routes SET path = 'g_a/p%' WHERE source_type = 'Project' AND source_id = 1" \
		"UPDATE routes SET path = 'gxa/pzz' WHERE source_type = 'Project' AND source_id = 2" \
		"UPDATE routes SET path = 'g\\a/it''s' WHERE source_type = 'Project' AND source_id = 3" \
		"UPDATE routes SET path = 'g_a' WHERE source_type = 'Namespace' AND source_id = 2"
	expected | grep '"gl_project_path":"g_a' >want
	lists --paths=g_a
	lists --paths='g_a,g_a/p%'
	try 0 glb-repos list --paths="g\\a/it's"
	same "g\\a/it's" "$(paths | head -n 1)"
}

@test "names that nobody has are told, and the rest is listed: status 4" {
	expected | grep '"gl_project_path":"group-4[/".]' >want
	try 4 glb-repos list --paths=group-4,gruop-2,group-4/none
	diff want out
	same $'glb-repos: group-4/none: no such group or project\nglb-repos: gruop-2: no such group or project' \
		"$(sort err)"
	try 4 glb-repos list --storages=storage3
	same '' "$(cat out)"
	same "glb-repos: storage3: no such storage in $GITLAB_PATH/config/gitlab.yml" "$(cat err)"
	# What was to be left out and is not there leaves nothing out.
	expected >want
	try 0 glb-repos list --skip-paths=gruop-2
	diff want out
	same 'glb-repos: gruop-2: no such group or project' "$(cat err)"
}

@test "--snapshot: what the snapshot sees; one that is none: status 1" {
	expected >want
	mkfifo stdin stdout
	glb-dbdump snapshot main <stdin >stdout 2>/dev/null 3>&- 9>&- &
	exec 9>stdin
	snapshot=$(timeout 60 cut -f 2 stdout)
	sql "$db" "DELETE FROM group_wiki_repositories" "DELETE FROM snippets" \
		"UPDATE routes SET path = path || '-2' WHERE source_id <> 9"
	lists --snapshot="$snapshot"
	expected >want
	lists
	exec 9>&-
	wait $!
	try 1 glb-repos list --snapshot="it's"
	same "glb-repos: database main ($db): ERROR: invalid snapshot identifier: \"it's\"" "$(cat err)"
	same '' "$(cat out)"
}

@test "a row without storage, path or disk path is named, the rest listed: status 4" {
	sql "$db" "ALTER TABLE projects ALTER repository_storage DROP NOT NULL" \
		"ALTER TABLE routes ALTER path DROP NOT NULL" \
		"ALTER TABLE group_wiki_repositories ALTER disk_path DROP NOT NULL" \
		"DELETE FROM design_management_repositories WHERE project_id <> 2"
	expected | grep -v '/project-[24][".]\|group-2/team-3\.\|/project-4/snippets\|group-1\.wiki' >want
	sql "$db" "UPDATE projects SET repository_storage = NULL WHERE id = 2" \
		"UPDATE routes SET path = '' WHERE source_type = 'Project' AND source_id = 4" \
		"UPDATE group_wiki_repositories SET disk_path = NULL WHERE group_id IN (1, 3)"
	try 4 glb-repos list
	diff want out
	same "$(sort <<-'TEXT'
		glb-repos: designs of project 2: left out: no storage in the database
		glb-repos: project 2: left out: no storage in the database
		glb-repos: project 4: left out: no path in the database
		glb-repos: snippet 41: left out: no path in the database
		glb-repos: snippet 42: left out: no path in the database
		glb-repos: wiki of group 1: left out: no disk path in the database
		glb-repos: wiki of group 3: left out: no disk path in the database
		glb-repos: wiki of project 2: left out: no storage in the database
		glb-repos: wiki of project 4: left out: no path in the database
	TEXT
	)" "$(sort err)"
}

@test "names with every special character arrive as they are" {
	name=$'tab\tnew\nline\rback\\slash\\N\\\\N\\t "quotes" \v\f\b ü 日本'
	sql "$db" "UPDATE routes SET path = \$x\$$name\$x\$ WHERE source_type = 'Project' AND source_id = 1" \
		"UPDATE routes SET path = '\\N' WHERE source_type = 'Project' AND source_id = 3"
	try 0 glb-repos list
	same "$name" "$(head -n 1 out | jq -r .gl_project_path)"
	same '\N' "$(sed -n 3p out | jq -r .gl_project_path)"
}

@test "a query that fails in the middle, a database that is no GitLab's: status 1" {
	sql "$db" "CREATE OR REPLACE VIEW personal_snippets_view AS
		SELECT id + (1 / (id - 10000003)) * 0 AS id, 'default'::varchar AS repository_storage,
		'@x'::varchar AS disk_path FROM snippets WHERE type = 'PersonalSnippet'"
	try 1 glb-repos list
	same "glb-repos: database main ($db): ERROR: division by zero" "$(cat err)"
	site
	connection main template1
	try 1 glb-repos list
	same 'glb-repos: database main (template1): this is no GitLab: no projects' "$(cat err)"
	same '' "$(cat out)"
	GITLAB_BACKUP_PGPORT=1 try 1 glb-repos list
	grep -q '^glb-repos: database main (template1): connection to server on socket .* failed: ' err
	same 1 "$(wc -l <err)"
}
