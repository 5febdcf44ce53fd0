# Repositories with random histories, and what they were at each moment.
# SPDX-License-Identifier: MIT

# histories N K [SEED]: writes them to h, and makes the repositories N.git in
# s, every tenth of them with the object format sha256.
histories() {
	local i format
	mkdir h s state
	awk -v N="$1" -v K="$2" -v SEED="${3-20}" -v DIR=h \
		-f "$BATS_TEST_DIRNAME/histories.awk"
	git init -q --bare --initial-branch=main sha1
	git init -q --bare --initial-branch=main --object-format=sha256 sha256
	for ((i = 1; i <= $1; i++)); do
		format=sha1
		((i % 10 != 0)) || format=sha256
		cp -r $format "s/$i.git"
	done
}

# advance MOMENT REPOSITORY...: takes these to their next moment, and writes
# down what they are then, to state/MOMENT.
advance() {
	local at=$1 i word rest
	shift
	mkdir -p "state/$at"
	for i; do
		[ ! -e "h/$i.$at.del" ] || g "$i.git" update-ref --stdin <"h/$i.$at.del"
		[ ! -e "h/$i.$at.in" ] ||
			g "$i.git" fast-import --quiet --force <"h/$i.$at.in"
		[ ! -e "h/$i.$at.do" ] || while read -r word rest; do
			case $word in
			head) g "$i.git" symbolic-ref HEAD "$rest" ;;
			hooks) mkdir -p "s/$i.git/custom_hooks" &&
				echo "$rest" >"s/$i.git/custom_hooks/update" ;;
			gc) g "$i.git" gc -q --prune=now ;;
			gone) mv "s/$i.git" "h/$i.git" ;;
			back) mv "h/$i.git" "s/$i.git" ;;
			esac
		done <"h/$i.$at.do"
		state s "$i" >"state/$at/$i"
	done
}

# state DIRECTORY REPOSITORY: HEAD, references, hooks, as git tells them.
state() {
	local dir=$1/$2.git
	[ -d "$dir" ] || {
		echo gone
		return
	}
	cat "$dir/HEAD"
	git --git-dir="$dir" for-each-ref --format='%(objectname) %(refname)'
	[ ! -e "$dir/custom_hooks" ] || cat "$dir/custom_hooks/update"
}

# by_two FUNCTION WORD N: FUNCTION WORD 1..N, in two processes side by side.
by_two() {
	local first rc=0
	"$1" "$2" $(seq 1 2 "$3") 3>&- &
	first=$!
	"$1" "$2" $(seq 2 2 "$3") || rc=1
	wait $first && return $rc
}
