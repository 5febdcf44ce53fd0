# Sites of a test's own that may be changed, wrecked and restored; their state.
# SPDX-License-Identifier: MIT
load site
load database

sample_site() { "$BATS_TEST_DIRNAME/../scripts/sample-site" "$@"; }

# state [OPTION]...: of the site that GITLAB_PATH names, whose server is SITE's
state() { sample_site state "$SITE" "$@"; }

# own_repositories: an own_site with repositories of its own, $T/repositories.
own_repositories() {
	own_site
	open_test
	cp -a "$SAMPLE_REPOSITORIES" "$T/repositories"
	sed -i "s,$SAMPLE_REPOSITORIES,$T/repositories," \
		"$GITLAB_PATH/config/gitlab.yml"
}

# own_databases NAME: an own_site's databases are NAME_main and NAME_ci, copies
# of SITE's.
own_databases() {
	database "$1_main"
	database "$1_ci" "$SAMPLE_DB_CI"
	use_databases "$1"
}
use_databases() { # NAME
	sed -i "s/$SAMPLE_DB_CI\$/$1_ci/; s/$SAMPLE_DB_MAIN\$/$1_main/" \
		"$GITLAB_PATH/config/database.yml"
}

# drop_databases NAME: at the end of a file that has used them.
drop_databases() {
	sql postgres 'SET client_min_messages = warning' \
		"DROP DATABASE IF EXISTS $1_main" "DROP DATABASE IF EXISTS $1_ci"
}
