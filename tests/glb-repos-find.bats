#!/usr/bin/env bats
# glb-repos find: which repository of a tree of backups a name means.
# SPDX-License-Identifier: MIT
load helper

# dump [ROW]...: SQL as pg_dump writes it, with these routes, their fields
# between spaces: SOURCE_ID TYPE PATH.
dump() {
	local row
	cat <<-'END'
		\restrict KEY
		SET standard_conforming_strings = on;
		CREATE FUNCTION public.trap() RETURNS void LANGUAGE sql AS $_$
		COPY public.routes (source_id, source_type, path) FROM stdin;
		666	Project	group/project
		\.
		$_$;
		COPY public.notes (id, note) FROM stdin;
		1	COPY public.routes (source_id, source_type, path) FROM stdin;
		666	Project
		\.

		COPY public.routes (id, source_id, source_type, path, name) FROM stdin;
	END
	for row in "$@"; do
		# shellcheck disable=SC2086 # the fields
		printf '9\t%s\t%s\t%s\tName\n' $row
	done
	printf '%s\n' '\.' '' '--' '-- PostgreSQL database dump complete' '--'
}

# hashed ROOT ID: the path that GitLab makes of it, without its end.
hashed() {
	local sum
	sum=$(printf %s "$2" | sha256sum)
	echo "$1/${sum:0:2}/${sum:2:2}/${sum:0:64}"
}

# held PATH [STORAGE]: the tree has a backup of it.
held() {
	mkdir -p "t/manifests/${2-default}/$1"
	: >"t/manifests/${2-default}/$1/ID.toml"
}

# finds NAME PATH GL_PATH CREATE [OPTION]...: in the dump in file sql.
finds() {
	try 0 glb-repos find "${@:5}" "$1" t <sql
	same "$(printf '{"storage_name":"default","relative_path":"%s","gl_project_path":"%s","always_create":%s}' \
		"$2" "$3" "$4")" "$(cat out)"
	[ ! -s err ]
}

# fails CODE NAME MESSAGE [OPTION]...
fails() {
	try "$1" glb-repos find "${@:4}" "$2" t <sql
	same "glb-repos: $3" "$(cat err)"
	[ ! -s out ]
}

setup() {
	T=$BATS_TEST_TMPDIR
	cd "$T" || return
	P=$(hashed @hashed 7) G=$(hashed @groups 3)
	held "$P.git"
	held "$P.wiki.git"
	held "$P.design.git"
	held "$G.wiki.git"
	dump '3 Namespace group' '7 Project group/project' >sql
}

@test "a project, its wiki, its designs, a group's wiki" {
	finds group/project "$P.git" group/project true
	finds group/project.wiki "$P.wiki.git" group/project.wiki false
	finds group/project.design "$P.design.git" group/project.design false
	finds group.wiki "$G.wiki.git" group.wiki false
}

@test "snippets: of nobody without a dump, of a project that the dump has" {
	local s
	s=$(hashed @snippets 42).git
	held "$s"
	finds group/project/snippets/42 "$s" group/project/snippets/42 false
	fails 1 group/other/snippets/42 'group/other/snippets/42: not in the dump'
	fails 1 group/project/snippets/4x 'group/project/snippets/4x: not in the dump'
	echo no SQL >sql
	finds snippets/42 "$s" snippets/42 false
}

@test "a path on the storage needs no dump, and is taken as it stands" {
	held group/old.git
	: >sql
	finds "$P.wiki.git" "$P.wiki.git" '' false
	finds group/old.git group/old.git '' false
	fails 1 @hashed/no.git '@hashed/no.git: t has no backup of @hashed/no.git'
}

@test "where no dump is needed it is read to its end all the same" {
	bytes 300000 sql
	try 0 bash -c 'set -o pipefail; trap - PIPE
		cat sql | glb-repos find "$1" t' - "$P.git"
}

@test "a path of old sites is where the tree has nothing by the hash" {
	rm -r "t/manifests/default/$P.git" "t/manifests/default/$P.wiki.git"
	held group/project.git
	held group/project.wiki.git
	finds group/project group/project.git group/project true
	finds group/project.wiki group/project.wiki.git group/project.wiki false
	held "$P.git"
	finds group/project "$P.git" group/project true
}

@test "the case of letters does not matter, unless it makes the difference" {
	finds GROUP/Project "$P.git" group/project true
	finds Group.wiki "$G.wiki.git" group.wiki false
	dump '8 Project Group/Project' '7 Project group/project' \
		'9 Project GROUP/project' >sql
	finds group/project "$P.git" group/project true
	fails 1 Group/project \
		'Group/project: in the dump 3 times, in other cases of letters'
}

@test "a project that is called x.wiki is meant before the wiki of x" {
	dump '7 Project group/project' '8 Project group/project.wiki' >sql
	held "$(hashed @hashed 8).git"
	finds group/project.wiki "$(hashed @hashed 8).git" group/project.wiki true
}

@test "columns in any order, any schema, quoted names, escaped values" {
	cat >sql <<-'END'
		COPY "My ""s".routes_x (source_id, source_type, path) FROM stdin;
		1	Project	a/b
		\.
		COPY other.routes (id, path) FROM stdin;
		1	a/b
		\.
		COPY "My ""s"."routes" (path, name, "source_id", x, source_type) FROM stdin;
		z/b	a\\tb\n\t	5	\N	Project
		\x61/b	a	6	\N	Project
		a/\b	a	6	\N	Project
		a\/b	a	7	\N	Project
		\.
		-- PostgreSQL database dump complete
	END
	finds a/b "$P.git" a/b true
}

@test "columns by the dozen; more than 32 are refused" {
	local more
	more=$(seq -f 'c%g' -s ', ' 29)
	printf 'COPY p.routes (source_id, source_type, path, %s) FROM stdin;\n' \
		"$more" >sql
	printf '7\tProject\tgroup/project\t%s\n\\.\n%s\n' \
		"$(seq -s "$(printf '\t')" 29)" \
		'-- PostgreSQL database dump complete' >>sql
	finds group/project "$P.git" group/project true
	sed -i 's/c29/c29, c30/; s/\t29/\t29\t30/' sql
	fails 3 group/project \
		'standard input: a row of routes is not as COPY writes it'
}

@test "every repository that the database lists is found in its dump" {
	local name path storage n=0
	rm -r t
	glb-dbdump dump main >sql
	glb-repos list >list
	while IFS=$'\t' read -r storage path name; do
		held "$path" "$storage"
	done < <(jq -r '[.storage_name, .relative_path, .gl_project_path] | @tsv' list)
	while read -r line; do
		name=${line#*gl_project_path\":\"}
		name=${name%%\"*}
		try 0 glb-repos find "$name" t <sql
		same "$line" "$(cat out)"
		n=$((n + 1))
	done <list
	[ $n -gt 40 ]
}

@test "not in the dump; in the dump, but not in the tree" {
	fails 1 group/none 'group/none: not in the dump'
	fails 1 group 'group: not in the dump'
	fails 1 project.wiki 'project.wiki: not in the dump'
	fails 1 none/project 'none/project: not in the dump'
	rm -r t/manifests/default/@groups
	fails 1 group.wiki \
		"group.wiki: in the dump, but t has no backup of $G.wiki.git"
	rm -r t
	fails 1 group/project 't: No such file or directory'
	mkdir t
	fails 1 group/project \
		"group/project: in the dump, but t has no backup of $P.git"
}

@test "on several storages: named, and one can be chosen" {
	held "$P.git" second
	held "$P.wiki.git" second
	mkdir -p "t/manifests/empty/$P.git"
	fails 1 group/project \
		'group/project: t has backups of it on several storages, choose one by --storages: default, second'
	finds group/project "$P.git" group/project true --storages=default,empty
	try 0 glb-repos find --storages=second group/project.wiki t <sql
	grep -q '^{"storage_name":"second",' out
	fails 1 group/project \
		"group/project: in the dump, but t has no backup of $P.git" \
		--storages=../manifests/default
}

@test "a dump that is cut, none, or not GitLab's: status 3, stdout empty" {
	local i
	for i in 1 2 3 8 14 16; do
		head -n "$i" sql >cut
		try 3 glb-repos find group/project t <cut
		same "glb-repos: standard input: it ends before pg_dump's closing comment" \
			"$(cat err)"
		[ ! -s out ]
	done
	try 3 glb-repos find group/project t </dev/null
	sed -i 's/public.routes/public.roots/' sql
	fails 3 group/project \
		"standard input: it has no routes, as GitLab's main database"
	printf '\\! touch pwned\n' >sql
	fails 3 group/project 'standard input: line 1: a command to psql'
	[ ! -e pwned ]
}

@test "rows that are not GitLab's: status 3" {
	dump 'x7 Project group/project' >sql
	fails 3 a/b "standard input: a row of routes is not GitLab's"
	dump '\N Project group/project' >sql
	fails 3 a/b "standard input: a row of routes is not GitLab's"
	dump '7 Project' >sql
	sed -i '/\t7\t/s/\tName//' sql
	fails 3 a/b 'standard input: a row of routes is not as COPY writes it'
	dump "7 Project $(head -c 1100000 /dev/zero | tr '\0' x)" >sql
	fails 3 a/b 'standard input: a row of routes is too long'
}

@test "names that are none: status 2, nothing leads out of the tree" {
	held x.git ..
	fails 2 @hashed/../../x.git \
		"@hashed/../../x.git: the repository's name has a component of dots"
	fails 2 /etc/x.git "/etc/x.git: the repository's name is absolute"
	fails 2 '' ": the repository's name is empty"
	fails 2 $'a/b\n' "a/b: the repository's name holds a control character"
	fails 2 $'a/\x1b[1m' \
		"a/\\x1B[1m: the repository's name holds a control character"
	fails 2 $'a/\xff' "a/\\xFF: the repository's name is not UTF-8"
	try 2 glb-repos find group/project <sql
	try 2 glb-repos find --id=ID group/project t <sql
}

@test "stdin or stdout that cannot be used: status 1" {
	try 1 sh -c 'exec glb-repos find group/project t <&-'
	same 'glb-repos: standard input: Bad file descriptor' "$(cat err)"
	try 1 sh -c 'exec glb-repos find @x.git t <&-'
	try 1 sh -c 'exec glb-repos find group/project t <sql >/dev/full'
	same 'glb-repos: standard output: No space left on device' "$(cat err)"
}

@test "memory does not grow with the dump" {
	mkfifo in
	export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
	glb-repos find group/last t <in >out 3>&- &
	exec 7>in
	peak() { # FROM TO: after these rows, in KiB
		seq -f '%.0f' "$@" | sed 's,.*,&\tProject\tgroup/p&\tName,' >&7
		sed -n 's/VmHWM:\s*\([0-9]*\) kB/\1/p' /proc/$!/status
	}
	printf 'COPY p.routes (source_id, source_type, path, name) FROM stdin;\n' >&7
	local first last
	first=$(peak 1 5000)
	last=$(peak 5001 300000)
	printf '7\tProject\tgroup/last\tName\n\\.\n%s\n' \
		'-- PostgreSQL database dump complete' >&7
	exec 7>&-
	wait $!
	[ -s out ]
	echo "$first KiB, then $last KiB"
	[ $((last - first)) -lt 1024 ]
}
