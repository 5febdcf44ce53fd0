#!/usr/bin/env bats
# glb-repos: references in every form and of every name, backed up, verified,
# restored; and lists that no repository could have.
# SPDX-License-Identifier: MIT
load helper
load repos

@test "loose references" {
	normal a.git
	[ ! -e s/a.git/packed-refs ]
	circle a.git
}

@test "packed references" {
	normal a.git
	g a.git pack-refs --all
	same '' "$(find s/a.git/refs -type f)"
	circle a.git
}

@test "references both packed and loose: the loose ones count" {
	normal a.git
	g a.git pack-refs --all
	commit a.git refs/heads/main refs/heads/other
	g a.git update-ref refs/tags/v1 main
	g a.git update-ref -d refs/heads/other
	git --git-dir=s/a.git show-ref --head >now
	circle a.git
	g a.git show-ref --head | cmp now -
	run ! grep other now
}

@test "symbolic references inside refs/ come back as what they name" {
	normal a.git
	g a.git symbolic-ref refs/remotes/origin/HEAD refs/heads/main
	g a.git symbolic-ref refs/heads/alias refs/remotes/origin/HEAD
	g a.git symbolic-ref refs/heads/dangling refs/heads/nowhere
	ln -s refs/heads/main s/a.git/refs/heads/link
	circle a.git
	same "$(g a.git rev-parse main)" "$(g a.git rev-parse refs/heads/alias)"
}

@test "names with bytes that are odd in a shell, a list, a header" {
	local name
	normal a.git
	for name in "quote'\"\$(x)&;|<>" back '#' '%s%n' -x --all @ a@b '{}' \
		$'\377\376' $'\302' $'\303\274' ümläut $'\342\200\256x' \
		$'\360\237\230\200' HEAD FETCH_HEAD x.lock.x deleted,comma =x; do
		g a.git update-ref "refs/heads/$name" refs/heads/main
	done
	circle a.git
	g a.git pack-refs --all
	rm -r t old
	circle a.git
}

@test "names that are ambiguous, or one the start of the other" {
	local name
	normal a.git
	for name in heads/refs/heads/main heads/refs/heads/x tags/main heads/heads/main \
		tags/refs/heads/main refs/heads/main heads/HEAD x/HEAD HEAD main \
		heads/a-b heads/a/b heads/a.b heads/ab heads/a/b-c \
		remotes/origin/main stash; do
		commit a.git refs/$name refs/heads/main
	done
	circle a.git
}

@test "references of GitLab's own" {
	local name
	normal a.git
	for name in keep-around/1 merge-requests/1/head merge-requests/1/merge \
		notes/commits pipelines/9 environments/x/deployments/1 tmp/1 \
		bisect/bad worktree/x rewritten/y original/refs/heads/main; do
		g a.git update-ref "refs/$name" refs/heads/main
	done
	circle a.git
}

@test "a name of 200 components, and one of the greatest length" {
	normal a.git
	g a.git update-ref "refs/heads/$(printf 'a/%.0s' {1..200})x" main
	g a.git update-ref "refs/tags/$(printf 'y%.0s' {1..240})" main
	circle a.git
}

@test "tags: annotated, nested, of a tag that no reference has" {
	normal a.git
	g a.git tag -a -m x tag-of-tag v1
	g a.git tag -a -m x hidden main
	g a.git tag -a -m x of-hidden hidden
	g a.git tag -d hidden
	circle a.git
	same tag "$(g a.git cat-file -t of-hidden)"
	same tag "$(g a.git cat-file tag of-hidden | sed -n 's/^type //p')"
}

@test "references to blobs and trees, and tags of these" {
	normal a.git
	g a.git tag blob "$(echo only | g a.git hash-object -w --stdin)"
	g a.git tag tree 'main^{tree}'
	g a.git tag -a -m x tag-blob "$(echo other | g a.git hash-object -w --stdin)"
	g a.git tag -a -m x tag-tree 'main^{tree}'
	g a.git update-ref refs/x/empty "$(g a.git mktree </dev/null)"
	circle a.git
	same other "$(g a.git cat-file blob 'tag-blob^{}')"
}

# many REPOSITORY: it has 100,000 references and those of normal.
many() {
	local oid
	normal "$1"
	oid=$(g "$1" rev-parse main)
	seq -f "$oid refs/many/%06.0f" 1 100000 >"s/$1/packed-refs"
}

@test "100,000 references" {
	many a.git
	circle a.git
	same 100003 "$(jq .refs told)"
}

# peaks VERB [OPTION]...: does that with a.git, then with b.git; prints how many
# KiB more memory of its own it had at its peak for the second.
peaks() {
	local path kib=()
	rm -f in results
	mkfifo in results
	glb-repos "$1" -j1 --storage=default=s "${@:2}" t <in >results 3>&- &
	exec 7>in 8<results
	for path in a.git b.git; do
		lines $path >&7
		head -n 1 <&8 | grep -q '"status":"ok"'
		kib+=("$(sed -n 's/VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$!/status")")
	done
	exec 7>&-
	wait $!
	echo $((kib[1] - kib[0]))
}

@test "100,000 references take no more memory than three" {
	export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
	normal a.git
	many b.git
	[ "$(peaks create --id=ID)" -lt 2048 ]
	[ "$(peaks restore)" -lt 2048 ]
}

# listed LINE...: a.git's list in the backup ends with these lines.
listed() {
	[ -e kept ] || cp t/default/a.git/ID/001.refs kept
	{
		cat kept
		printf '%s\n' "$@"
	} >t/default/a.git/ID/001.refs
}

# unrestored REASON: neither a.git nor anything else changes.
unrestored() {
	restore 4
	same "failed $1" "$(jq -r '"\(.status) \(.error)"' out)"
	sums s | cmp - before
	[ ! -e s/+gitaly ]
}

# backed_up: a.git is, and s is as before tells.
backed_up() {
	normal a.git
	create 0 a.git
	commit a.git refs/heads/since
	sums s >before
}

@test "a list with names that no reference can have: nothing changes" {
	local name oid file=default/a.git/ID/001.refs
	backed_up
	oid=$(g a.git rev-parse main)
	for name in refs/x/../../../evil refs/x/.hidden refs/x.lock refs/x/ \
		'refs/x y' 'refs/x~1' 'refs/x*' refs//x $'refs/x\ty' refs/x..y \
		'refs/x@{1}' 'refs/x\y' refs/xy.; do
		listed "$oid $name"
		restore 4
		same failed "$(jq -r .status out)"
		grep -q "\"error\":\"$file: " out
		sums s | cmp - before
		[ ! -e s/+gitaly ]
	done
	same '' "$(find . -name 'evil*')"
}

@test "a list that is none, in another order, or with a line twice" {
	local oid file=default/a.git/ID/001.refs
	backed_up
	oid=$(g a.git rev-parse main)
	listed "$oid HEAD"
	unrestored "$file: not a list of references"
	listed "$oid x/y"
	unrestored "$file: not a list of references"
	listed "$oid ../x"
	unrestored "$file: not a list of references"
	listed "$oid"
	unrestored "$file: not a list of references"
	listed "$oid refs/heads/main"
	unrestored "$file: the list of references is not in order"
	listed "$oid refs/x" "$oid refs/x"
	unrestored "$file: the list of references is not in order"
	listed "$oid refs/x" "$oid refs/x/y"
	unrestored "$file: a reference is another's directory"
	listed "${oid}0 refs/x"
	unrestored "$file: not a list of references"
	listed "$oid refs/$(printf '%070000d' 0)"
	unrestored "$file: not a list of references"
	printf '%s refs/x\0y\n' "$oid" >t/$file
	unrestored "$file: not a list of references"
}

@test "HEAD in a manifest that leads elsewhere: nothing changes" {
	local head file=t/manifests/default/a.git/ID.toml
	backed_up
	cp $file whole
	for head in refs/heads/../../x refs/heads/ refs/heads/x.lock ../x x \
		HEAD -q --short -d /etc/passwd 'refs/heads/a b' refs/x/.y refs/; do
		sed "s|^head_reference.*|head_reference = '$head'|" whole >$file
		restore 4
		same failed "$(jq -r .status out)"
		sums s | cmp - before
		[ ! -e s/+gitaly ]
	done
}

@test "HEAD in a manifest that is odd, but a reference's name" {
	local head file=t/manifests/default/a.git/ID.toml
	backed_up
	for head in refs/heads/-x refs/heads/--all refs/x refs/tags/v1 \
		refs/heads/refs/heads/main 'refs/heads/$(x)'; do
		sed -i "s|^head_reference.*|head_reference = '$head'|" $file
		restore 0
		same "ref: $head" "$(cat s/a.git/HEAD)"
		same 3 "$(jq .refs out)"
	done
}
