# Sites whose repositories alone are backed up and restored, by the driver.
# SPDX-License-Identifier: MIT
load site
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

# repositories_site: an own_site with repositories of its own that may change;
# databases stay the shared ones.
repositories_site() {
	own_site
	open_test
	cp -a "$SAMPLE_REPOSITORIES" "$T/repositories"
	sed -i "s,$SAMPLE_REPOSITORIES,$T/repositories," \
		"$GITLAB_PATH/config/gitlab.yml"
}

# repository N: the Nth of the list's repositories on storage default that have
# commits; on N COMMAND...: git in it.
repository() {
	local path n=0
	for path in $(glb-repos list --storages=default | jq -r .relative_path); do
		[ -s "$(find "$T/repositories/default/$path" -path '*/heads/*' \
			-o -name packed-refs 2>/dev/null | head -n 1)" ] || continue
		n=$((n + 1))
		[ $n -lt "$1" ] || break
	done
	echo "$T/repositories/default/$path"
}
on() { as_owner "$(repository "$1")" "${@:2}"; }
# as_owner REPOSITORY COMMAND...: git as its owner: Gitaly's stand-in is us.
as_owner() {
	if [ -O "$1" ]; then
		git -C "$1" "${@:2}"
	else
		# shellcheck disable=SC2086 # the words of a command
		$SAMPLE_AS git -C "$1" "${@:2}"
	fi
}

# push N TEXT: one more commit with that text on a branch of its own.
push() {
	local tree
	tree=$(on "$1" mktree </dev/null)
	on "$1" update-ref "refs/heads/$2" "$(on "$1" -c user.name=A \
		-c user.email=a@example.com commit-tree -m "$2" "$tree")"
}

# refs: all references and HEADs of the site.
refs() {
	local d
	find "$T/repositories" -name HEAD -path '*.git/HEAD' | sort |
		while read -r d; do
			d=${d%/HEAD}
			echo "${d#"$T/repositories/"} $(cat "$d/HEAD")"
			as_owner "$d" show-ref || true
		done
}

# report FILTER: of the backup that $id names.
report() { jq -r "$1" "$B/$id/backup_report.json"; }

# chain_setup: for setup_file: a site with backups a, b and c of its
# repositories, each an increment of the one before, and a.refs, b.refs, c.refs.
chain_setup() {
	# The names that the functions above expect in a test.
	local T=$BATS_FILE_TMPDIR x
	cd "$T"
	chmod a+x "$BATS_RUN_TMPDIR" "$T" "${T%/*}"
	repositories_site
	for x in a b c; do
		gitlab-backup-cli backup repositories lfs -q --incremental \
			--backup-id=$x >backup.out 2>&1 || {
			cat backup.out
			return 1
		}
		refs >$x.refs
		push 1 "after-$x"
		push 2 "after-$x"
		on 2 update-ref -d refs/heads/after-a
	done
	export GOOD=$T
}

# chain: a copy of it all for one test.
chain() {
	open_test
	cp -a "$GOOD/gitlab" "$GOOD/repositories" "$GOOD"/?.refs "$T"
	export GITLAB_PATH=$T/gitlab
	B=$GITLAB_PATH/tmp/backups
	sed -i "s,$GOOD,$T," "$GITLAB_PATH/config/gitlab.yml"
}

# files DIR: all that is in it but the lock, with times, links and contents.
files() {
	(cd "$1" && find . -name '*.lock' -o -type f -printf '%p %T@ %m %i\n' | sort &&
		find . -name '*.lock' -o -type f -exec sha256sum {} + | sort -k2)
}

# gitaly: the stand-in for gitaly-backup on PATH, with the site's repositories
# behind it, a bucket, and a socket at which something listens.
gitaly() {
	mkdir -p fake bucket
	ln -s "$BATS_TEST_DIRNAME/fakes/gitaly-backup" fake/
	PATH=$T/fake:$PATH
	export FAKE_GITALY_STORAGES=default=$T/repositories/default,storage2=$T/repositories/storage2
	export FAKE_GITALY_TOKEN='sample token, no secret' FAKE_GITALY_BUCKET=$T/bucket
	export FAKE_GITALY_RECORD=$T/marks/record FAKE_GITALY_FAULTS=
	sed -i "s,\(gitaly_address: \).*,\1\"unix:$T/socket\"," \
		"$GITLAB_PATH/config/gitlab.yml"
	# Gitaly's repositories never have a detached HEAD, and it restores none.
	grep -rLZ '^ref: ' --include=HEAD repositories |
		xargs -0 -I{} sh -c 'echo "ref: refs/heads/main" >"$1"' - {}
	python3 -c 'import os, signal, socket
s = socket.socket(socket.AF_UNIX)
s.bind("socket.new")
s.listen(64)
os.rename("socket.new", "socket")
signal.pause()' 3>&- &
	listener=$!
	awaited $listener [ -S socket ]
}
no_gitaly() {
	rm -f fake/gitaly-backup
	hash -r
}
teardown() { [ -z "${listener-}" ] || kill "$listener"; }

# called: how often gitaly-backup was called to do that.
called() {
	touch "$FAKE_GITALY_RECORD"
	grep -c "\"argv\": \[\"$1\"" "$FAKE_GITALY_RECORD" || true
}

# no_token FILE...: it is nowhere but in the program's environment, neither as
# it is nor in GITALY_SERVERS.
no_token() {
	local pad words=(-e 'sample token')
	for pad in '' x xx; do
		words+=(-e "$(printf '%s%s' "$pad" "$FAKE_GITALY_TOKEN" |
			base64 | cut -c 5-28)")
	done
	touch out err "$FAKE_GITALY_RECORD"
	run ! grep -rqF "${words[@]}" out err "$B" "$FAKE_GITALY_RECORD" "$@"
	grep -rqF "${words[@]}" "$FAKE_GITALY_RECORD.env" "$GITLAB_PATH/config"
}
