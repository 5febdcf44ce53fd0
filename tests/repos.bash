# Bare repositories for the tests of glb-repos, and lists of them.
# SPDX-License-Identifier: MIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'

# g REPOSITORY COMMAND...: git in a repository of the storage s.
g() {
	git --git-dir="s/$1" "${@:2}"
}

# commit REPOSITORY REF [PARENT]: a commit that holds a file named for REF.
commit() {
	local blob tree
	blob=$(echo "$2" | g "$1" hash-object -w --stdin)
	tree=$(printf '100644 blob %s\tfile\n' "$blob" | g "$1" mktree)
	g "$1" update-ref "$2" \
		"$(g "$1" commit-tree -m "$2" ${3:+-p "$3"} "$tree")"
}

# empty REPOSITORY [OPTION]...: without any reference.
empty() {
	git init -q --bare --initial-branch=main "${@:2}" "s/$1"
}

# normal REPOSITORY [OPTION]...: two branches and an annotated tag.
normal() {
	empty "$@"
	commit "$1" refs/heads/main
	commit "$1" refs/heads/other refs/heads/main
	g "$1" tag -a -m tag v1 main
}

# lines PATH...: the list of these repositories on storage default.
lines() {
	printf '{"storage_name":"default","relative_path":"%s"}\n' "$@"
}

# create CODE PATH...: backs them up from s into t as ID; see try.
create() {
	lines "${@:2}" >list
	try "$1" glb-repos create --id=ID --storage=default=s t <list
}

# result PATH STATUS REFS BYTES [ERROR]: the line of JSON that tells it.
result() {
	printf '{"storage_name":"default","relative_path":"%s","status":"%s","refs":%s,"bytes":%s%s}' \
		"$1" "$2" "$3" "$4" "${5:+,\"error\":\"$5\"}"
}

# manifest PATH EMPTY NON_EXISTENT FORMAT [HEAD]: the text it must have.
manifest() {
	printf 'empty = %s\nnon_existent = %s\nobject_format = %s\n' \
		"$2" "$3" "'$4'"
	[ $# -lt 5 ] || printf "head_reference = '%s'\n" "$5"
	printf '\n[[steps]]\n'
	printf "bundle_path = 'default/%s/ID/001.bundle'\n" "$1"
	printf "ref_path = 'default/%s/ID/001.refs'\n" "$1"
	printf "custom_hooks_path = 'default/%s/ID/001.custom_hooks.tar'\n" "$1"
}

# manifest_is PATH ...: the manifest is that text, and the newest one.
manifest_is() {
	manifest "$@" | cmp - "t/manifests/default/$1/ID.toml"
	cmp "t/manifests/default/$1/ID.toml" "t/manifests/default/$1/+latest.toml"
}

# whole PATH: the list of references is the repository's own, and the bundle
# alone gives all of them back.
whole() {
	local file=t/default/$1/ID/001 format
	g "$1" show-ref --head | cmp - "$file.refs"
	format=$(g "$1" rev-parse --show-object-format)
	rm -rf back.git
	git init -q --bare --object-format="$format" back.git
	git --git-dir=back.git fetch -q "$file.bundle" '+refs/*:refs/*'
	git --git-dir=back.git show-ref |
		cmp - <(grep -av '^[0-9a-f]* HEAD$' "$file.refs")
	git --git-dir=back.git fsck --strict --no-dangling
}

# fake_git SCRIPT: a git that does SCRIPT first, with its verb in $2, its
# directory in $dir, and the real git's path in $real.
fake_git() {
	mkdir -p bin
	cat >bin/git <<-END
		#!/bin/bash
		real=$(type -P git) T=$T dir=\${1#--git-dir=}
		$1
		exec "\$real" "\$@"
	END
	chmod 755 bin/git
	PATH=$T/bin:$PATH
}

# restore CODE [OPTION]...: brings the list back from t to s; see try.
restore() {
	try "$1" glb-repos restore --storage=default=s "${@:2}" t <list
}

# back OLD PATH...: these repositories are again what they are below OLD:
# references, HEAD, hooks, every object; and nothing of the run is left.
back() {
	local old=$1 path
	for path in "${@:2}"; do
		git --git-dir="$old/$path" show-ref --head >want || :
		g "$path" show-ref --head | cmp - want
		cmp "$old/$path/HEAD" "s/$path/HEAD"
		[ ! -d "$old/$path/custom_hooks" ] ||
			diff -r {"$old",s}/"$path"/custom_hooks
		g "$path" fsck --strict --no-dangling
	done
	same '' "$(find s -path '*+gitaly*')"
}

# circle PATH...: backed up, found sound and restored to an empty storage they
# are what they were, and all three tell the same of them.  Now in old and s.
circle() {
	create 0 "$@"
	[ ! -s err ]
	sort out >told
	try 0 glb-repos verify t
	sort out | cmp told -
	mv s old
	mkdir s
	restore 0
	[ ! -s err ]
	sort out | cmp told -
	back old "$@"
}

# fails_alone PATH REASON: its backup fails, soon, and leaves nothing; that of
# good.git beside it does not, and verify and restore know nothing of it.
fails_alone() {
	[ -e s/good.git ] || normal good.git
	lines good.git "$1" >list
	try 4 timeout 20 glb-repos create --id=ID --storage=default=s t <list
	same "glb-repos: default/$1: $2" "$(cat err)"
	same "ok failed" "$(jq -r .status out | sort -r | xargs)"
	try 0 glb-repos verify t
	same good.git "$(jq -r .relative_path out)"
	restore 4
	rm -r t
}

# sums DIRECTORY: names, modes and contents of all in it.
sums() {
	(cd "$1" && find . -printf '%y %m %p %l\n' | sort &&
		find . -type f -exec sha256sum {} + | sort -k2)
}

# changed: storage s differs from its backup in every way there is; before is
# what it looks like.
changed() {
	normal a/b.git
	normal c.git
	normal e.git
	normal n/e/w.git
	create 0 a/b.git c.git e.git n/e/w.git m.git
	commit a/b.git refs/heads/since refs/heads/main
	rm -r s/c.git s/e.git s/n
	ln -s nowhere s/c.git
	mkdir s/e.git
	normal m.git
	normal x/y/other.git
	chmod 700 s/m.git
	sums s >before
}

# undo CODE rollback|discard [OPTION]...: on storage s, without a word on
# stdout; see try.
undo() {
	try "$1" glb-repos "$2" --storage=default=s "${@:3}"
	[ ! -s out ]
}

# killed N COMMAND...: dies before its N-th change of files; the status.
killed() {
	local got=0
	[ -e "$T/killer.so" ] || cc -shared -fPIC -O1 -D_GNU_SOURCE \
		-D_FILE_OFFSET_BITS=64 -o "$T/killer.so" "$BATS_TEST_DIRNAME/killer.c"
	KILL_AT=$1 LD_PRELOAD=$T/killer.so ASAN_OPTIONS=verify_asan_link_order=0 \
		"${@:2}" >out 2>err || got=$?
	echo $got
}
