/* The plan of a backup as a shell script: backup --dry-run. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "backup.h"
#include "script.h"

/* What the driver does before its jobs: directories, and what it cleans. */
static const char before[] =
    "[ ! -e \"$dir/$id\" ] || { echo \"$dir/$id: exists\" >&2; exit 1; }\n"
    "mkdir -m 700 \"$partial\" || exit 1\n"
    "mkdir \"$work\" || exit 1\n"
    "trap 'exec 8>&- 9<&-; wait; rm -rf \"$partial\"' EXIT\n";

/* What it does after them: all is durable before the name appears. */
static const char after[] =
    "rm -r \"$work\" || exit 1\n"
    "chmod \"$(printf %04o $((0777 & ~$(umask))))\" \"$partial\" || exit 1\n"
    "sync -f \"$partial\" || exit 1\n"
    "mv -T \"$partial\" \"$dir/$id\" || exit 1\n"
    "trap - EXIT\n"
    "sync -f \"$dir\" || exit 1\n"
    "echo \"$id\" || exit 1\n"
    "exit $status\n";

/* The report: all but the jobs is known now, the jobs note themselves. */
static void
print_report(const struct backup *b, struct buf *out)
{
	struct buf json = {NULL, 0, 0};

	report_json(&b->report, &json);
	/* Its last three bytes are the end of the line, "}" and a newline. */
	while (json.len > 0 && json.data[json.len - 1] != '}')
		json.len--;
	json.data[--json.len] = '\0';
	while (json.len > 0 && strchr(" \n", json.data[json.len - 1]) != NULL)
		json.data[--json.len] = '\0';
	buf_puts(out,
	    "verdict=complete\n"
	    "[ $status -eq 0 ] || verdict=incomplete\n"
	    "{\n\tcat <<'END' &&\n");
	buf_printf(out, "%s,\nEND\n", buf_str(&json));
	if (b->report.operations.n > 0)
		buf_puts(out,
		    "\techo '\"object_storage\": [' &&\n"
		    "\tcat \"$work\"/object_storage.* | sed '$!s/$/,/' &&\n"
		    "\techo '],' &&\n");
	buf_puts(out,
	    "\techo \"\\\"status\\\": \\\"$verdict\\\", \\\"jobs\\\": [\" &&\n"
	    "\tsed '$!s/$/,/' \"$work/jobs\" &&\n"
	    "\techo ']}'\n"
	    "} >\"$work/report.json\" || exit 1\n\n");
	buf_free(&json);
}

void
script_backup(const struct backup *b)
{
	struct buf out = {NULL, 0, 0};
	size_t i;

	buf_puts(&out,
	    "#!/bin/sh\n"
	    "# The plan of gitlab-backup-cli: run by hand, it makes the same "
	    "backup.\n"
	    "# The driver runs independent jobs at the same time.\n");
	for (i = 0; i < b->report.n_gaps; i++)
		buf_printf(&out, "# Left out: %s: %s\n", b->report.gaps[i].what,
		    b->report.gaps[i].why);
	if (b->report.engine != NULL && b->opts->incremental &&
	    !b->report.incremental)
		buf_puts(&out,
		    "# There is no backup that the repositories could "
		    "continue.\n");
	script_assign(&out, "dir", b->path);
	script_assign(&out, "id", b->id);
	script_assign(&out, "partial", b->partial);
	script_assign(&out, "work", b->work);
	buf_printf(&out, "status=%d\n", b->report.n_gaps > 0 ? 4 : 0);
	buf_puts(&out, script_lock);
	buf_puts(&out, before);
	buf_puts(&out, script_stage);
	fputs(buf_str(&out), stdout);
	plan_print(&b->plan, stdout);
	buf_reset(&out);
	print_report(b, &out);
	fputs(buf_str(&out), stdout);
	plan_print(&b->closing, stdout);
	fputs(after, stdout);
	buf_free(&out);
}
