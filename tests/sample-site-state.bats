#!/usr/bin/env bats
# scripts/sample-site state and wreck: every change shows, nothing stays whole.
# SPDX-License-Identifier: MIT
load helper
load state

teardown_file() { drop_databases state; }

# shows EXPRESSION COMMAND...: runs it, after which just one line of the state
# is another, and matches.
shows() {
	[ -e "$T/before" ] || state >"$T/before"
	(cd "${at-.}" && "${@:2}")
	state >"$T/after"
	diff "$T/before" "$T/after" | grep '^[<>]' >"$T/diff"
	mv "$T/after" "$T/before"
	cat "$T/diff"
	grep -qE "^[<>] $1" "$T/diff"
	# Nothing else: at most one line went, and one came.
	[ "$(grep -cE "^< " "$T/diff")" -le 1 ]
	[ "$(grep -cE "^> " "$T/diff")" -le 1 ]
}

@test "equal sites, wherever they lie, have equal states" {
	state >before
	own_repositories
	own_databases state
	state >after
	cmp before after
	[ "$(wc -l <before)" -gt 3000 ]
	run ! grep -F "$SITE" before
}

@test "any change of a file shows: contents, mode, time, owner, links" {
	local at
	own_site
	at=$GITLAB_PATH/public/uploads/odd
	shows 'uploads \./odd/a\\sspace sha256=' bash -c 'touch -r "a space" "$0"
		printf x | dd of="a space" conv=notrunc status=none
		touch -r "$0" "a space"' "$T/time"
	shows 'uploads \./odd/mode-0600 f mode=601 ' chmod 601 mode-0600
	shows 'uploads \./odd/#x f .* mtime=2024-05-01.12:00:00\.1234567880 ' \
		touch -d '2024-05-01 12:00:00.123456788Z' '#x'
	[ "$(id -u)" -ne 0 ] ||
		shows 'uploads \./odd/~ f .* owner=root:glb-site ' chown root '~'
	shows 'uploads \./odd/link l .* to=hard-2$' bash -c 'touch -hr link "$0"
		touch -r . "$0.d"; ln -sfn hard-2 link
		touch -hr "$0" link; touch -r "$0.d" .' "$T/time"
	touch -r "$at" time
	rm "$at/zero"
	touch -r time "$at"
	state >after
	run diff before after
	same 2 "$(grep -c '^< uploads \./odd/zero ' <<<"$output")"
	same 0 "$(grep -c '^>' <<<"$output")"
}

@test "hard links that became files of their own show" {
	own_site
	state >before
	cd "$GITLAB_PATH/public/uploads/odd"
	touch -r . "$T/time"
	cp -p hard-1 'dir with space/x'
	mv 'dir with space/x' hard-1
	touch -r "$T/time" . 'dir with space'
	state >"$T/after"
	run diff "$T/before" "$T/after"
	same 1 "$(grep -c '^< uploads \./odd/hard-1 same-as=' <<<"$output")"
	same 1 "$(grep -c '^> uploads \./odd/hard-1 f .* links=1 ' <<<"$output")"
}

@test "any change of a repository shows" {
	local at name
	own_repositories
	at=$(echo "$T"/repositories/default/@hashed/4b/22/4*a.git)
	name="repository default ${at#"$T/repositories/default/"}"
	git_() { $SAMPLE_AS git "$@"; }
	shows "$name HEAD ref: refs/heads/x$" git_ symbolic-ref HEAD refs/heads/x
	shows "$name ref refs/tags/v1.0 " git_ update-ref refs/tags/v1.0 refs/heads/main
	shows "$name hook custom_hooks/pre-receive -rwxr-xr-- 754 " \
		chmod o-x custom_hooks/pre-receive
	shows "$name hook custom_hooks/lib/common.sh -rw-r--r-- 644 " \
		bash -c 'echo >>custom_hooks/lib/common.sh'
	shows "$name hook custom_hooks/post-receive lrwx.* other$" \
		$SAMPLE_AS ln -sfn other custom_hooks/post-receive
	shows "$name config " git_ config x.y z
	shows "$name objects " bash -c "echo x | $SAMPLE_AS git hash-object -w --stdin"
	shows "storage default other $(realpath --relative-to=repositories/default \
		"$at/..")/file$" touch ../file
	[ "$(id -u)" -ne 0 ] ||
		shows "$name sound sha1 owners=glb-site:glb-site root:root" touch file
}

@test "a damaged repository shows, and is not in the view of a backup" {
	own_repositories
	state --backup-view >view
	rm "$T"/repositories/default/@hashed/4b/22/4*a.git/refs/tags/v1.0
	find "$T"/repositories/default/@hashed/4b/22/4*a.git/objects -type f -delete
	rm "$T"/repositories/default/@hashed/6b/86/6b*b.git/HEAD
	state >now 2>err
	same "4b22 6b86" "$(sed -n 's,^repository [^ ]* @hashed/\(..\)/\(..\)/[^ ]* damaged .*,\1\2,p' \
		now | xargs)"
	[ "$(wc -l <now)" -gt 3000 ]
	state --backup-view |
		cmp - <(grep -vE ' @hashed/(4b/22|6b/86)/[^ .]*\.git ' view)
}

@test "any change of a database shows" {
	own_site
	own_databases state
	shows 'db main rows public.users n=' \
		sql state_main "UPDATE users SET name = 'Other' WHERE id = 1"
	shows 'db main sql ALTER TABLE ONLY public.issues REPLICA IDENTITY FULL;$' \
		sql state_main 'ALTER TABLE issues REPLICA IDENTITY FULL'
	shows "db ci sql SELECT pg_catalog.setval\('public.ci_builds_id_seq', 77777, " \
		sql state_ci "SELECT setval('ci_builds_id_seq', 77777)"
	sql state_ci 'DROP VIEW personal_snippets_view'
	state >after
	diff before after >diff || :
	grep -q '^< db ci sql CREATE VIEW public.personal_snippets_view AS' diff
	# The order of rows is no state.
	sql state_main 'UPDATE users SET name = name WHERE id = 2'
	state | cmp - after
}

@test "--backup-view has nothing of what a backup leaves out" {
	own_repositories
	state --backup-view >before
	run ! grep -E 'left-out|lost\+found|@pools' before
	grep -q '^builds \./tmp/kept ' before
	find "$GITLAB_PATH" \( -name left-out -o -path '*/uploads/tmp' \) \
		-exec touch {} +
	rm -rf "$T"/repositories/*/@pools
	git init -q --bare --template= x
	cp -r x/objects "$T/repositories/default/+gitaly"
	state --backup-view | sed 's/ damaged / sound /' >after
	# The fork had its objects from the pool.
	diff before after >diff || :
	run ! grep -v '@hashed/4a/44/4a44' <(grep '^[<>]' diff)
}

@test "--seconds cuts times, downwards, and nothing else" {
	state >before
	state --seconds >after
	grep -q '^uploads \./odd/zero f .* mtime=1969-12-31+23:59:58\.5' before
	grep -q '^uploads \./odd/zero f .* mtime=1969-12-31+23:59:58 ' after
	cmp after <(sed -E 's/(mtime=[^ .]*)\.[0-9]{10} /\1 /' before)
}

@test "wreck leaves nothing whole, and leaves wrong things behind" {
	own_repositories
	own_databases state
	cp "$GITLAB_PATH/config/gitlab.yml" config
	try 0 sample_site wreck "$SITE"
	same '' "$(cat out)"
	state >after
	same "$(printf '%s ./left-by-wreck/sub/file\n' agent_plan_content artifacts \
		builds ci_secure_files external_diffs lfs packages pages registry \
		terraform_state uploads)" \
		"$(grep -E '^[a-z_]+ .* sha256=' after | cut -d ' ' -f 1,2 |
			grep -v '^db' | sort)"
	same "default:1 storage2:1" "$(grep ' sound ' after | cut -d ' ' -f 2 |
		sort | uniq -c | awk '{ print $2 ":" $1 }' | xargs)"
	same "main:public.left_by_wreck:n=1 ci:public.left_by_wreck:n=1" \
		"$(awk '$1 == "db" && $3 == "rows" { print $2 ":" $4 ":" $5 }' after | xargs)"
	same 2 "$(grep -c 'CREATE EXTENSION IF NOT EXISTS pg_trgm' after)"
	cmp config "$GITLAB_PATH/config/gitlab.yml"
	unset GITLAB_PATH
	[ "$(state | wc -l)" -gt 3000 ]
}

@test "wreck refuses what is not of a sample site" {
	local file=$T/gitlab/config/database.yml
	mkdir mine
	try 1 sample_site wreck "$T/mine"
	same "sample-site: $T/mine: not a sample site of $(id -un)" "$(cat err)"
	own_site
	state >before
	sed -i 's,host: .*,host: /var/run/postgresql,' "$file"
	try 1 sample_site wreck "$SITE"
	same "sample-site: $T/gitlab: database main is not of the sample site $SITE" \
		"$(cat err)"
	cp "$SITE/gitlab/config/database.yml" "$file"
	sed -i 's,path: shared/pages,path: /var/opt/pages,' "${file%/*}/gitlab.yml"
	try 1 sample_site wreck "$SITE"
	same "sample-site: $T/gitlab: kind pages is not of the sample site $SITE" \
		"$(cat err)"
	# A link that leads away does not help.
	sed -i 's,path: /var/opt/pages,path: shared/pages,' "${file%/*}/gitlab.yml"
	rm -r gitlab/shared/pages
	ln -s "$BATS_RUN_TMPDIR" gitlab/shared/pages
	try 1 sample_site wreck "$SITE"
	same "sample-site: $T/gitlab: kind pages is not of the sample site $SITE" \
		"$(cat err)"
	rm "$file"
	try 1 sample_site wreck "$SITE"
	same "sample-site: $T/gitlab: no site" "$(tail -n 1 err)"
	unset GITLAB_PATH
	state | cmp - before
}
