#!/usr/bin/env bats
# What glb-repos restore does when something is wrong.
# SPDX-License-Identifier: MIT
load helper
load repos

# two: a.git and b.git are backed up, and changed since.
two() {
	normal a.git
	normal b.git
	mkdir s/a.git/custom_hooks
	head -c 2000 /dev/zero | tr '\0' x >s/a.git/custom_hooks/hook
	create 0 a.git b.git
	commit a.git refs/heads/since refs/heads/main
	commit b.git refs/heads/since refs/heads/main
	sums s/a.git >before
}

# failed REASON: a.git alone failed so and is untouched, b.git is restored.
failed() {
	restore 4
	same "$(result a.git failed 0 0 "$1")" "$(grep '"failed"' out)"
	same "glb-repos: default/a.git: $1
glb-repos: $(echo s/+gitaly/glb-restore.*): holds what was replaced" "$(cat err)"
	sums s/a.git | cmp - before
	same "ended replaced" "$(ls s/+gitaly/*/ | xargs)"
	g b.git show-ref --head | cmp - t/default/b.git/ID/001.refs
	[ -e s/+gitaly/*/replaced/b.git/+/HEAD ]
}

@test "a bundle that is damaged, cut, missing, or none" {
	local f=t/default/a.git/ID/001.bundle header
	two
	cp $f whole
	header=$(sed '/^$/q' whole | wc -c)
	head -c -1 whole >$f
	failed "default/a.git/ID/001.bundle: git index-pack: early EOF"
	rm -r s/+gitaly
	(cat whole; echo) >$f
	failed "default/a.git/ID/001.bundle: git index-pack: pack has junk at\
 the end"
	rm -r s/+gitaly
	cp whole $f
	printf '\1' | dd of=$f bs=1 seek=$((header + 40)) conv=notrunc status=none
	restore 4
	sums s/a.git | cmp - before
	grep -q '"failed".*001.bundle: git index-pack: ' out
	rm -r s/+gitaly
	head -c $((header - 1)) whole >$f
	failed "default/a.git/ID/001.bundle: cut short in its header"
	rm -r s/+gitaly
	rm $f
	failed "default/a.git/ID/001.bundle: missing"
	rm -r s/+gitaly
	: >$f
	failed "default/a.git/ID/001.bundle: not a bundle"
}

@test "a pack without an object that its history needs" {
	local f=t/default/a.git/ID/001.bundle
	two
	sed '/^$/q' $f >new
	g a.git rev-parse main other v1 | git --git-dir=s/a.git pack-objects \
		--stdout -q >>new
	mv new $f
	failed "default/a.git/ID/001.bundle: git index-pack: did not receive\
 expected object $(g a.git rev-parse main:)"
}

@test "a list of references that is none, is missing, is not in order" {
	local f=t/default/a.git/ID/001.refs oid
	two
	cp $f whole
	oid=$(g a.git rev-parse main)
	echo garbage >>$f
	failed "default/a.git/ID/001.refs: not a list of references"
	rm -r s/+gitaly
	(cat whole; echo "$oid refs/heads/x") >$f
	failed "default/a.git/ID/001.refs: the list of references is not in order"
	rm -r s/+gitaly
	(cat whole; echo "$oid refs/tags/v1/x") >$f
	failed "default/a.git/ID/001.refs: a reference is another's directory"
	rm -r s/+gitaly
	(cat whole; echo "$oid refs/tags/v1/../x") >$f
	failed "default/a.git/ID/001.refs: a reference is another's directory"
	rm -r s/+gitaly
	(cat whole; echo "$oid refs/x/../../../../etc") >$f
	restore 4
	sums s/a.git | cmp - before
	grep -q '"failed".*001.refs: git ' out
	rm -r s/+gitaly
	rm $f
	failed "default/a.git/ID/001.refs: missing"
}

@test "a manifest that is none, leads outside, or is missing" {
	local f=t/manifests/default/a.git/ID.toml
	two
	sed -i 's|default/a.git/ID/001.refs|../x|' $f
	restore 4
	sums s/a.git | cmp - before
	grep -q '"failed"' out
	rm -r s/+gitaly
	echo '[[' >$f
	restore 4
	sums s/a.git | cmp - before
	rm -r s/+gitaly
	rm t/manifests/default/a.git/*
	restore 4
	sums s/a.git | cmp - before
	grep '"failed"' out | grep -q '"relative_path":"a.git"'
}

@test "hooks that are cut, hold no hooks, or more than files" {
	local f=t/default/a.git/ID/001.custom_hooks.tar
	two
	cp $f whole
	head -c 2048 whole >$f
	restore 4
	sums s/a.git | cmp - before
	grep -q '"failed".*001.custom_hooks.tar: ' out
	rm -r s/+gitaly
	# Whole members, without the end: tar itself would not mind.
	head -c 3072 whole >$f
	tar tf $f
	restore 4
	sums s/a.git | cmp - before
	grep -q '"failed".*001.custom_hooks.tar: ' out
	rm -r s/+gitaly
	mkdir -p x/other x/custom_hooks
	tar cf $f -C x other
	failed "default/a.git/ID/001.custom_hooks.tar: tar: custom_hooks: Not\
 found in archive"
	rm -r s/+gitaly
	mkfifo x/custom_hooks/pipe
	tar cf $f -C x custom_hooks
	failed "default/a.git/ID/001.custom_hooks.tar: holds what is neither\
 file nor directory"
}

@test "hostile hooks write nothing outside" {
	local f=t/default/a.git/ID/001.custom_hooks.tar
	two
	mkdir -p x/custom_hooks y/custom_hooks/out
	ln -s "$T" x/custom_hooks/out
	echo evil >y/custom_hooks/out/evil
	tar cf $f -C x custom_hooks/out
	tar rf $f -C y custom_hooks/out/evil
	tar rf $f -P --transform='s|^.*|custom_hooks/../../../../evil|' y/custom_hooks/out/evil
	tar rf $f -P --transform="s|^.*|$T/evil|" y/custom_hooks/out/evil
	restore 4
	grep -q '"failed".*001.custom_hooks.tar: tar: ' out
	sums s/a.git | cmp - before
	same '' "$(find . -name evil ! -path './y/*')"
}

@test "an empty archive of hooks is an empty directory, as for Gitaly" {
	two
	: >t/default/a.git/ID/001.custom_hooks.tar
	restore 0
	same '' "$(ls -A s/a.git/custom_hooks)"
}

@test "git that fails at any step leaves the former repository" {
	local verb
	two
	for verb in init index-pack pack-refs; do
		(
			fake_git "case \$dir\$2 in *[01].new$verb)
				grep -q since s/a.git/packed-refs 2>/dev/null
				echo 'fatal: no' >&2; exit 128 ;; esac"
			lines a.git >list
			restore 4
		)
		same "$(cut -d'"' -f12 out)" failed
		grep -q "git $verb: no" err
		sums s/a.git | cmp - before
		[ ! -e s/+gitaly ]
	done
}

# twisted STEP WHY: the repository in N.new is changed before pack-refs.
twisted() {
	(
		fake_git "case \$dir\$2 in *[01].newpack-refs)
			(cd \$dir && $1) ;; esac"
		lines a.git >list
		restore 4
	)
	grep -qF "$2" err
	sums s/a.git | cmp - before
}

@test "references that are others than the list's, or lack their object" {
	two
	twisted 'sed -i /main/d packed-refs' 'other references than these'
	twisted 'cp packed-refs x; sed -n "s/main/zz/p" x >>packed-refs' \
		'other references than these'
	twisted 'rm objects/pack/*.idx' 'git '
	rm -r s t
	empty a.git --object-format=sha256
	commit a.git refs/heads/main
	create 0 a.git
	commit a.git refs/heads/since refs/heads/main
	sums s/a.git >before
	twisted 'sed -i /main/d packed-refs' 'git '
}

@test "listed twice, a pool, Gitaly's own, in another, a directory of others" {
	two
	lines a.git a.git @pools/aa/bb/x.git +gitaly/x.git b.git/objects/c.git \
		deep/x.git deep x/+1/x.git >list
	normal deep/x.git
	cp -r t/manifests/default/b.git t/manifests/default/deep
	mkdir -p t/manifests/default/b.git/objects
	cp -r t/manifests/default/{a.git,b.git/objects/c.git}
	cp -r t/manifests/default/a.git t/manifests/default/deep/x.git
	restore 4 -j1
	same "glb-repos: default/+gitaly/x.git: relative_path is Gitaly's own
glb-repos: default/@pools/aa/bb/x.git: relative_path is a pool of objects
glb-repos: default/a.git: is on the list already
glb-repos: default/b.git/objects/c.git: b.git: a repository stands in its way
glb-repos: default/deep: a directory that is no repository stands in its place
glb-repos: default/x/+1/x.git: relative_path has a component that starts with\
 a plus sign" \
		"$(sort err | grep -v holds)"
	[ -e s/deep/x.git/HEAD ]
}

@test "a symbolic link is not followed out of the storage" {
	two
	mkdir outside t/manifests/default/l
	cp -r s/a.git outside/a.git
	sums outside >before
	ln -s ../outside s/l
	cp -r t/manifests/default/a.git t/manifests/default/l/a.git
	lines l/a.git >list
	restore 4
	same "glb-repos: default/l/a.git: l: Not a directory" "$(cat err)"
	sums outside | cmp - before
}

@test "no tree, no git: status 1 and nothing touched" {
	two
	try 1 glb-repos restore --storage=default=s nowhere <list
	same "glb-repos: nowhere: No such file or directory" "$(cat err)"
	[ ! -e s/+gitaly ]
	sums s/a.git | cmp - before
}

@test "wrong options: status 2, stdout empty, nothing touched" {
	local why
	two
	while read -r why args; do
		# shellcheck disable=SC2086 # words of a command line
		try 2 glb-repos restore $args <list
		[ ! -s out ]
		grep -qF -e "${why//_/ }" err
	done <<-'END'
		missing_argument --storage=default=s
		name_holds_a_slash --id=a/b --storage=default=s t
		name_starts_with_a_plus_sign --id=+latest --storage=default=s t
		not_NAME=DIR --storage=default t
		snapshot --snapshot=x --storage=default=s t
	END
	sums s/a.git | cmp - before
	[ ! -e s/+gitaly ]
}
