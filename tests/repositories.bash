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

# as COMMAND...: as the owner of the repositories.
as() {
	# shellcheck disable=SC2086 # the words of a command
	$SAMPLE_AS "$@"
}

# on N COMMAND...: git in the Nth of the list's repositories on storage
# default that have commits.
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
on() { as git -C "$(repository "$1")" "${@:2}"; }

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
			as git -C "$d" show-ref || true
		done
}

# report FILTER: of the backup that $id names.
report() { jq -r "$1" "$B/$id/backup_report.json"; }
