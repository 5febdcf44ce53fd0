#!/usr/bin/env bats
# glb-repos restore: backups of several steps, and by other programs.
# SPDX-License-Identifier: MIT
load helper
load repos

# step ID NUMBER [PREVIOUS]: what Gitaly writes of s/a.git, by git alone.
step() {
	local dir=t/default/a.git/$1 i
	mkdir -p "$dir" t/manifests/default/a.git
	g a.git show-ref --head >"$dir/$2.refs"
	if [ $# -lt 3 ]; then
		g a.git bundle create -q - --all >"$dir/$2.bundle"
	else
		sed 's/^/^/; s/ .*//' "t/default/a.git/$3/00$((10#$2 - 1)).refs" |
			g a.git bundle create -q - --all --ignore-missing \
				--stdin >"$dir/$2.bundle" || :
	fi
	steps+=("$1/$2")
	{
		printf "object_format = 'sha1'\n"
		printf "head_reference = 'refs/heads/main'\n"
		for i in "${steps[@]}"; do
			printf '\n[[steps]]\n'
			printf "bundle_path = 'default/a.git/%s.bundle'\n" "$i"
			printf "ref_path = 'default/a.git/%s.refs'\n" "$i"
		done
	} >"t/manifests/default/a.git/$1.toml"
	cp "t/manifests/default/a.git/$1.toml" \
		t/manifests/default/a.git/+latest.toml
	lines a.git >list
}

@test "two steps: deleted, moved and new references, and a that became a/b" {
	local steps=()
	normal a.git
	commit a.git refs/heads/a refs/heads/main
	commit a.git refs/heads/doomed refs/heads/main
	step one 001
	cp -r s old1
	g a.git update-ref -d refs/heads/doomed
	g a.git update-ref -d refs/heads/a
	commit a.git refs/heads/a/b refs/heads/other
	g a.git update-ref refs/heads/other main
	g a.git update-ref refs/heads/on-old main
	commit a.git refs/heads/main refs/heads/main
	step two 002 one
	mv s old2
	mkdir s
	restore 0
	[ ! -s err ]
	back old2 a.git
	restore 0 --id=one
	back old1 a.git
}

@test "a step without news is a header alone" {
	local steps=()
	normal a.git
	step one 001
	step two 002 one
	same 17 "$(wc -c <t/default/a.git/two/002.bundle)"
	mv s old
	mkdir s
	restore 0
	back old a.git
}

@test "an increment of what was empty: the list counts, not the flag" {
	normal a.git
	create 0 a.git
	sed -i 's/^empty = .*/empty = true/' t/manifests/default/a.git/*.toml
	cp -r s old
	restore 0
	grep -q '"ok","refs":3' out
	back old a.git
}

@test "a reference that moved while Gitaly listed: its bundle's value" {
	local before after
	normal a.git
	create 0 a.git
	before=$(g a.git rev-parse other)
	after=$(echo x | git hash-object --stdin)
	sed -i "s/^$before/$after/" t/default/a.git/ID/001.refs
	restore 4
	same "glb-repos: default/a.git: 1 references have no object\
 in the backup: 1 became what the bundle says, 0 are left out; the first is refs/heads/other" \
		"$(head -1 err)"
	same "$before" "$(g a.git rev-parse other)"
	grep -q '"ok","refs":3' out
}

@test "a reference that was deleted while Gitaly listed is left out, and told" {
	normal a.git
	create 0 a.git
	cp -r s old
	echo "$(echo x | git hash-object --stdin) refs/zzz" \
		>>t/default/a.git/ID/001.refs
	restore 4
	same "glb-repos: default/a.git: 1 references have no object\
 in the backup: 0 became what the bundle says, 1 are left out; the first is refs/zzz" \
		"$(head -1 err)"
	rm -r s/+gitaly
	back old a.git
}

@test "the last line of the list may lack its end" {
	normal a.git
	create 0 a.git
	cp -r s old
	truncate -s -1 t/default/a.git/ID/001.refs
	restore 0
	back old a.git
}
