# Trees of backups in every layout that Gitaly ever wrote, by plain git, from
# the repositories in s into the tree t.  Needs repos.bash.
# SPDX-License-Identifier: MIT

# step_files PATH STEM [PREVIOUS]: a step's files, t/STEM.refs and so on;
# PREVIOUS.refs is the list of the step that it builds upon.
step_files() {
	mkdir -p "t/${2%/*}"
	g "$1" show-ref --head >"t/$2.refs" || :
	if [ ! -s "t/$2.refs" ]; then
		: # Gitaly asks git for no bundle.
	elif [ $# -lt 3 ]; then
		g "$1" bundle create -q - --all >"t/$2.bundle"
	else
		# Without news git fails behind the header.
		sed 's/^/^/; s/ .*//' "t/$3.refs" | g "$1" bundle create -q - \
			--all --ignore-missing --stdin >"t/$2.bundle" 2>step.err ||
			grep -q 'Refusing to create empty bundle' step.err
	fi
	[ ! -d "s/$1/custom_hooks" ] ||
		tar -c -f "t/$2.custom_hooks.tar" -C "s/$1" custom_hooks
}

# toml_start ERA PATH: the head of a manifest; ERA is flags (17.6 and later) or
# plain.
toml_start() {
	local head
	[ "$1" = plain ] || printf 'empty = false\nnon_existent = false\n'
	printf "object_format = '%s'\n" "$(g "$2" rev-parse --show-object-format)"
	! head=$(g "$2" symbolic-ref -q HEAD) ||
		printf "head_reference = '%s'\n" "$head"
}

# toml_step STEM [PREVIOUS]: one step of a manifest.
toml_step() {
	printf "\n[[steps]]\nbundle_path = '%s.bundle'\n" "$1"
	printf "ref_path = '%s.refs'\n" "$1"
	[ $# -lt 2 ] || printf "previous_ref_path = '%s.refs'\n" "$2"
	printf "custom_hooks_path = '%s.custom_hooks.tar'\n" "$1"
}

# by_manifest ERA PATH ID [BASE]: 16.10 and later; an increment upon BASE.
by_manifest() {
	local m=t/manifests/default/$2 n=1 stem previous
	mkdir -p "$m"
	[ $# -lt 4 ] || n=$(($(grep -c '^ref_path' "$m/$4.toml") + 1))
	stem=default/$2/$3/$(printf %03d $n)
	if [ $n -gt 1 ]; then
		previous=$(sed -n "s/^ref_path = '\(.*\).refs'/\1/p" "$m/$4.toml" |
			tail -n 1)
		step_files "$2" "$stem" "$previous"
	else
		step_files "$2" "$stem"
	fi
	{
		toml_start "$1" "$2"
		[ $n -eq 1 ] || sed -n '/^$/,$p' "$m/$4.toml"
		toml_step "$stem" ${previous:+"$previous"}
	} >"$T/toml"
	cp "$T/toml" "$m/$3.toml"
	mv "$T/toml" "$m/+latest.toml"
}

# marker ID [DATE]: what 18.11 writes behind all repositories of a run.
marker() {
	mkdir -p t/backup_ids
	: >"t/backup_ids/$1"
	[ $# -lt 2 ] || touch -d "$2" "t/backup_ids/$1"
}

# by_pointer PATH ID: 15.9 to 16.9, a full backup.
by_pointer() {
	local repo=${1%.git}
	step_files "$1" "$repo/$2/001"
	printf 001 >"t/$repo/$2/LATEST"
	printf '%s' "$2" >"t/$repo/LATEST"
}

# further PATH: an increment upon the newest full backup.
further() {
	local repo=${1%.git} dir n
	dir=$repo/$(cat "t/$repo/LATEST")
	n=$((10#$(cat "t/$dir/LATEST")))
	step_files "$1" "$dir/$(printf %03d $((n + 1)))" "$dir/$(printf %03d $n)"
	printf %03d $((n + 1)) >"t/$dir/LATEST"
}

# named PATH RUN: the manifest that 16.5 to 16.9 wrote beside the pointers.
named() {
	local repo=${1%.git} dir n i stem previous=()
	dir=$repo/$(cat "t/$repo/LATEST")
	n=$((10#$(cat "t/$dir/LATEST")))
	mkdir -p "t/manifests/default/$1"
	{
		toml_start plain "$1"
		for ((i = 1; i <= n; i++)); do
			stem=$dir/$(printf %03d $i)
			toml_step "$stem" "${previous[@]}"
			previous=("$stem")
		done
	} >"t/manifests/default/$1/$2.toml"
}

# by_bundle PATH: until 15.8.
by_bundle() {
	local repo=${1%.git}
	step_files "$1" "$repo"
	if [ -e "t/$repo.custom_hooks.tar" ]; then
		mkdir -p "t/$repo"
		mv "t/$repo.custom_hooks.tar" "t/$repo/custom_hooks.tar"
	fi
}
