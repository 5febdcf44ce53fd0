# A small backup of a dump and an archive, b/ID, for the tests of glb-meta.
# SPDX-License-Identifier: MIT
# The last lines of every dump.
end='--
-- PostgreSQL database dump complete
--
'

# packed NAME: stdin, compressed, becomes that file of the backup b/ID.
packed() {
	mkdir -p b/ID/db
	glb-gzip >"b/ID/$1"
}

# sums: SHA256SUMS and report for b/ID as it is.
sums() {
	echo '{"status":"complete"}' >b/ID/backup_report.json
	glb-meta sum b/ID >sums
	cp sums b/ID/SHA256SUMS
}

# small: a backup of a dump and an archive, without sums.
small() {
	rm -rf b
	mkdir -p b/ID tree/sub
	glb-meta new --gitlab-version=1 --id=ID >b/ID/backup_information.json
	printf 'SELECT 1;\n\n%s\n' "$end" | packed db/database.sql.gz
	bytes 70000 tree/sub/file
	find tree -exec touch -d @1 {} +
	glb-blobs pack tree | packed uploads.tar.gz
}

# says CODE MESSAGE...: verify ends so and says exactly this, a line each.
says() {
	try "$1" glb-meta verify b/ID
	same "$(printf 'glb-meta: %s\n' "${@:2}")" "$(sort err)"
}
