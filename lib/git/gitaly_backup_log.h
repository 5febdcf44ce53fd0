/* One line of gitaly-backup's log: what it says of which repository. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_LOG_H
#define GLB_GITALY_BACKUP_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 *	{"command":"create","error":"..","gl_project_path":"..",
 *	 "level":"error","msg":"create failed","pid":1,"relative_path":"..",
 *	 "storage_name":"..","time":".."}
 * and, if some failed, in the end
 *	{"level":"error","msg":"create: pipeline: 2 failures encountered:\n.."}
 * Since 17.10 the key is "command.name".
 */
enum gitaly_backup_saying {
	GITALY_BACKUP_NOTHING, /* that matters here */
	GITALY_BACKUP_COMPLETED,
	GITALY_BACKUP_SKIPPED,
	GITALY_BACKUP_FAILED, /* text is why */
	GITALY_BACKUP_COUNT, /* of the failures, at the end */
	GITALY_BACKUP_MESSAGE /* a warning or an error; or no log at all */
};

/* Zero-initialise; free with gitaly_backup_log_free(). */
struct gitaly_backup_log {
	enum gitaly_backup_saying saying;
	struct buf storage, path; /* of the repository */
	struct buf text;
	uint64_t count;
};

/*
 * Reads the n bytes of a line, without its end, into *l, which may have been
 * used before.  verb is "create" or "restore".  cut: the line went on.
 */
void gitaly_backup_log_read(struct gitaly_backup_log *l, const char *verb,
    const char *line, size_t n, int cut);

void gitaly_backup_log_free(struct gitaly_backup_log *l);

#endif
