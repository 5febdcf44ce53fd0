# One sample site for the whole run.  Tests read it and never write to it;
# whoever needs to change a site makes one of his own.
# SPDX-License-Identifier: MIT

# Exports SITE (its directory) and what sample-site create prints:
# GITLAB_PATH, SAMPLE_DIR, SAMPLE_USER, SAMPLE_AS, SAMPLE_PGHOST, ...
setup_suite() {
	local assignments log=$BATS_SUITE_TMPDIR/sample-site.log
	export LC_ALL=C
	# The site's user, not root, must get through to what tests make.
	if [ "$(id -u)" -eq 0 ]; then
		chmod 711 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR"
	fi
	export SITE=$BATS_SUITE_TMPDIR/site
	assignments=$(sample_site create "$SITE" --sound --projects 12 --blobs-mb 4 \
		--rows 2000 2>"$log") || {
		cat "$log" >&2
		return 1
	}
	eval "$assignments"
}

teardown_suite() {
	if [ -d "$SITE" ]; then sample_site destroy "$SITE"; fi
}

sample_site() {
	"${BASH_SOURCE[0]%/*}/../scripts/sample-site" "$@" 3>&-
}
