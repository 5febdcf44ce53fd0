# Backups in several steps: taken by glb-repos, compared with git's own.
# SPDX-License-Identifier: MIT

# increment CODE ID PATH...: backs them up from s into t, as ID, on top of
# what t has; old/ID gets what they are now; see try.
increment() {
	lines "${@:3}" >list
	mkdir -p old
	[ -e "old/$2" ] || cp -r s "old/$2"
	try "$1" glb-repos create --incremental --id="$2" \
		--storage=default=s "${options[@]}" t <list
}

# header BUNDLE: its text, down to the empty line.
header() {
	sed '/^$/q' "$1"
}

# objects PATH BUNDLE: the ids of all objects in it; what the repository has
# may be what they are stored as differences to.
objects() {
	local at count
	at=$(header "$2" | wc -c)
	[ "$(wc -c <"$2")" -gt "$at" ] || return 0
	rm -rf pack.git
	git clone -q --bare --shared "s/$1" pack.git
	tail -c +$((at + 1)) "$2" >in.pack
	count=$((16#$(od -An -tx1 -j8 -N4 in.pack | tr -d ' ')))
	git --git-dir=pack.git index-pack --fix-thin --stdin <in.pack >name
	# Whatever fix-thin has added stands behind the pack's own.
	git show-index --object-format="$(g "$1" rev-parse --show-object-format)" \
		<"pack.git/objects/pack/pack-$(cut -f2 name).idx" |
		sort -n | head -n "$count" | cut -d' ' -f2 | sort
}

# step_is PATH ID NUMBER EARLIER: list and bundle of the step are what git
# makes of the repository: the same list, header and objects.
step_is() {
	local now=t/default/$1/$2/$3 before=t/default/$1/$4
	g "$1" show-ref --head | cmp - "$now.refs"
	sed 's/ .*//; s/^/^/' "$before.refs" | g "$1" bundle create -q - \
		--all --ignore-missing --stdin >want.bundle 2>git.err || :
	header want.bundle | cmp - <(header "$now.bundle")
	objects "$1" want.bundle >want
	objects "$1" "$now.bundle" | cmp - want
}

# returns ID PATH...: the backup ID brings back what they were.
returns() {
	rm -rf s.now
	mv s s.now
	mkdir s
	lines "${@:2}" >list
	restore 0 --id="$1"
	back "old/$1" "${@:2}"
	rm -rf s
	mv s.now s
}

# clone_chain PATH BUNDLE...: plain git fetches them one after the other, then
# has every object of the repository's references.
clone_chain() {
	local bundle n=0
	rm -rf back.git
	git init -q --bare --object-format="$(g "$1" rev-parse \
		--show-object-format)" back.git
	for bundle in "${@:2}"; do
		git --git-dir=back.git bundle verify -q "$bundle"
		git --git-dir=back.git fetch -q "$bundle" "+*:refs/b/$((++n))/*"
	done
	g "$1" show-ref | while read -r oid name; do
		git --git-dir=back.git update-ref "$name" "$oid"
	done
	git --git-dir=back.git fsck --strict --no-dangling
}

# upon CODE BASE ID PATH...: backs them up from s into t, as ID, on top of
# what the tree BASE has; old/ID gets what they are now; see try.
upon() {
	lines "${@:4}" >list
	mkdir -p old
	[ -e "old/$3" ] || cp -r s "old/$3"
	try "$1" glb-repos create --base="$2" --id="$3" --storage=default=s \
		t <list
}
