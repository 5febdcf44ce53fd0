# glb-repos extract, for its tests.
# SPDX-License-Identifier: MIT

# extract CODE PATH [OPTION]... TREE DIR; see try.
extract() {
	lines "$2" >list
	try "$1" glb-repos extract "${@:3}" <list
}

# nothing: neither DIR d nor anything else was made here.
nothing() {
	[ ! -e d ]
	[ ! -L d ]
	same '' "$(find . -name '*glb-extract*')"
}

# is_as DIR PATH: it is what s/PATH is.
is_as() {
	git --git-dir="s/$2" show-ref --head >want || :
	git --git-dir="$1" show-ref --head | cmp - want
	cmp "s/$2/HEAD" "$1/HEAD"
	[ ! -d "s/$2/custom_hooks" ] || diff -r {"s/$2","$1"}/custom_hooks
	git --git-dir="$1" fsck --strict --no-dangling
}
