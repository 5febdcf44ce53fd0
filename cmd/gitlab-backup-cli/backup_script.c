/* The plan as a shell script: --dry-run. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "backup.h"
#include "store/lock.h"

static void
assign(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=", name);
	text_shell(b, value);
	buf_putc(b, '\n');
}

/* What the driver does before its jobs: lock, directories, judging. */
static const char before[] =
    "mkdir -p \"$dir\" || exit 1\n"
    "exec 7>>\"$dir/" LOCK_FILE "\"\n"
    "[ \"$(id -u)\" -ne 0 ] ||\n"
    "\tchown -h --reference=\"$dir\" \"$dir/" LOCK_FILE "\" || exit 1\n"
    "flock -n 7 || { echo \"$dir: another run holds the lock\" >&2; exit 5; }\n"
    "[ ! -e \"$dir/$id\" ] || { echo \"$dir/$id: exists\" >&2; exit 1; }\n"
    "mkdir -m 700 \"$partial\" || exit 1\n"
    "mkdir \"$work\" || exit 1\n"
    "trap 'exec 8>&- 9<&-; wait; rm -rf \"$partial\"' EXIT\n"
    "trap 'exit 129' HUP\n"
    "trap 'exit 130' INT\n"
    "trap 'exit 143' TERM\n"
    "\n"
    "# stage PROGRAM ARG...: run it and take note of its exit status.\n"
    "stage() {\n"
    "\t\"$@\" 7>&- 8>&- 9<&-\n"
    "\tset -- $? \"$1\"\n"
    "\tcase $1 in\n"
    "\t0) echo done ;;\n"
    "\t4) echo partial ;;\n"
    "\t*) echo \"$2: exit status $1\" ;;\n"
    "\tesac >>\"$work/stages\"\n"
    "}\n"
    "\n"
    "# judge JOB N: go on only if N stages, all since the last call, say that\n"
    "# they ended well; on a full disk they cannot say so.\n"
    "judge() {\n"
    "\twell=$(grep -cx -e done -e partial \"$work/stages\")\n"
    "\tif [ \"$well $(grep -c '' \"$work/stages\")\" != \"$2 $2\" ]; then\n"
    "\t\techo \"$1: failed\" >&2\n"
    "\t\tgrep -vx -e done -e partial \"$work/stages\" >&2\n"
    "\t\texit 1\n"
    "\tfi\n"
    "\tverdict=done\n"
    "\tif grep -qx partial \"$work/stages\"; then\n"
    "\t\tverdict=partial status=4\n"
    "\tfi\n"
    "\trm \"$work/stages\" || exit 1\n"
    "\techo \"{\\\"name\\\":\\\"$1\\\",\\\"status\\\":\\\"$verdict\\\"}\""
    " >>\"$work/jobs\" || exit 1\n"
    "}\n"
    "\n";

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
	assign(&out, "dir", b->path);
	assign(&out, "id", b->id);
	assign(&out, "partial", b->partial);
	assign(&out, "work", b->work);
	buf_printf(&out, "status=%d\n", b->report.n_gaps > 0 ? 4 : 0);
	buf_puts(&out, before);
	fputs(buf_str(&out), stdout);
	plan_print(&b->plan, stdout);
	buf_reset(&out);
	print_report(b, &out);
	fputs(buf_str(&out), stdout);
	plan_print(&b->closing, stdout);
	fputs(after, stdout);
	buf_free(&out);
}
