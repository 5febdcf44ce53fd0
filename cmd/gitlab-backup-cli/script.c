/* What the scripts that --dry-run prints have in common. */
/* SPDX-License-Identifier: MIT */
#include "script.h"
#include "base/text.h"
#include "store/lock.h"

void
script_assign(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=", name);
	text_shell(b, value);
	buf_putc(b, '\n');
}

const char script_lock[] =
    "mkdir -p \"$dir\" || exit 1\n"
    "exec 7>>\"$dir/" LOCK_FILE "\"\n"
    "[ \"$(id -u)\" -ne 0 ] ||\n"
    "\tchown -h --reference=\"$dir\" \"$dir/" LOCK_FILE "\" || exit 1\n"
    "flock -n 7 || { echo \"$dir: another run holds the lock\" >&2; exit 5; "
    "}\n";

const char script_stage[] =
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
