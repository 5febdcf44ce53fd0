# Sites with kinds in buckets, and a glb-gcs that only says what it was told.
# SPDX-License-Identifier: MIT
load site

yml() { echo "$GITLAB_PATH/config/gitlab.yml"; }

# bucket_site: an own_site that keeps lfs, external_diffs and packages in
# buckets by the consolidated settings, and pages by its own.
bucket_site() {
	own_site
	open_test
	sed -i '/^production:/a\
  object_store:\
    enabled: true\
    connection: { provider: Google, google_project: glb-test-project }\
    objects:\
      lfs: { bucket: gl-lfs }\
      external_diffs: { bucket: gl-shared/diffs }\
      packages: { bucket: gl-shared/packages/all }\
      artifacts: { enabled: false }\
      terraform_state: { enabled: false }
		/^  pages:/a\
    object_store:\
      enabled: true\
      remote_directory: gl-pages\
      connection: { provider: Google, google_project: glb-test-project }' "$(yml)"
}

# connection KEYS: those of the kinds in the consolidated settings from now on.
connection() {
	sed -i "/^  object_store:/,/objects:/s/connection: .*/connection: { $1 }/" "$(yml)"
}

# fake_gcs [LINES]: glb-gcs notes its arguments in marks/gcs, runs the lines, in
# which $verb, $kind, $id, $source and $sink are what it is to do, and says
# that it has copied three objects.
fake_gcs() {
	fake glb-gcs <<-END
		#!/bin/sh
		[ "\$*" != --version ] || exec echo glb-gcs 0
		for a; do
			case \$a in --kind=* | --id=* | --source=* | --sink=*)
				v=\${a%%=*}
				eval "\${v#--}=\\\${a#*=}" ;;
			esac
		done
		verb=\$1
		echo "\$*" >>'$T/marks/gcs'
		status=SUCCESS objects=3 bytes=33
		${1-}
		case \$verb in
		backup) sink=\$sink/backups/\$id/\$kind ;;
		restore) source=\$source/backups/\$id/\$kind ;;
		*) exit 0 ;;
		esac
		printf '{"verb":"%s","kind":"%s","project":"p","source":"gs://%s/","sink":"gs://%s/","job":"j","operation":"transferOperations/%s-%s","status":"%s","objects":%s,"bytes":%s,"objects_copied":2,"bytes_copied":22,"started":"2026-01-01T00:00:00Z","ended":null,"error":null}\n' \\
			"\$verb" "\$kind" "\$source" "\$sink" "\$id" "\$kind" \\
			"\$status" "\$objects" "\$bytes" | tee -a '$T/marks/results'
	END
}

# asked: what glb-gcs was asked for, sorted.
asked() { sort "$T/marks/gcs"; }

# report FILTER: of the backup that $id names.
# shellcheck disable=SC2154 # the test sets it
report() { jq -r "$1" "$B/$id/backup_report.json"; }
