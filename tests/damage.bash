# Ways to damage a file, for the tests of verify.
# SPDX-License-Identifier: MIT

# flip FILE OFFSET [MASK]: changes the bits of MASK in one byte.
flip() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # the format is the byte
	printf "$(printf '\\%03o' $((byte ^ ${3:-1})))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# cut_at FILE SIZE: the file ends there.
cut_at() {
	truncate -s "$2" "$1"
}

# each_damage FILE COMMAND...: runs the command once for every kind of damage
# to the file, with DAMAGE telling which; puts the file back each time.
each_damage() {
	local file=$1 size kept=$BATS_TEST_TMPDIR/kept way
	shift
	cp -p "$file" "$kept"
	size=$(stat -c %s "$file")
	for way in 'flip 0' "flip $((size / 2)) 128" "flip $((size - 1))" \
		"flip $((size / 3)) 32" 'cut 0' "cut $((size / 2))" \
		"cut $((size - 1))" append zero remove rename directory link; do
		case $size-$way in
		[01]-flip* | 0-cut*) [ "$size-$way" = "1-flip 0" ] || continue ;;
		esac
		# shellcheck disable=SC2086 # words of the way
		damage "$file" $way
		DAMAGE="$file: $way" "$@" || {
			echo "damage was: $file: $way"
			return 1
		}
		rm -rf "$file" "$file.x"
		cp -p "$kept" "$file"
	done
}

# damage FILE WAY [ARGUMENT]...
damage() {
	case $2 in
	flip) flip "$1" "${@:3}" ;;
	cut) cut_at "$1" "$3" ;;
	append) echo >>"$1" ;;
	zero) printf '\0' >>"$1" ;;
	remove) rm "$1" ;;
	rename) mv "$1" "$1.x" ;;
	directory) rm "$1" && mkdir "$1" ;;
	link) mv "$1" "$1.x" && ln -s "${1##*/}.x" "$1" ;;
	esac
}
