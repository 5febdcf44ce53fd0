/* The driver's help, in the words and the form of the original. */
/* SPDX-License-Identifier: MIT */
#include <sys/ioctl.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/text.h"
#include "driver.h"

/* One row of a list of commands. */
struct row {
	const char *left, *right;
};

/* The terminal's width, 80 when it is unknown. */
static size_t
width(void)
{
	const char *s = getenv("COLUMNS");
	struct winsize w;
	int64_t n;

	if (s != NULL && num_parse(s, 10, 10000, &n) == 0)
		return (size_t)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 10)
		return w.ws_col;
	return 80;
}

/* Lists of commands are cut to the terminal's width. */
static void
print_rows(const struct row *r, size_t n)
{
	size_t i, left = 0, max = width();
	char *line;

	for (i = 0; i < n; i++)
		if (strlen(r[i].left) > left)
			left = strlen(r[i].left);
	for (i = 0; i < n; i++) {
		line = xasprintf("  gitlab-backup-cli %-*s  # %s", (int)left,
		    r[i].left, r[i].right);
		if (strlen(line) > max)
			printf("%.*s...\n", (int)(max - 3), line);
		else
			puts(line);
		free(line);
	}
}

/* "[--skip=TASK,...]", or "[--x], [--no-x]" where the table has both. */
static char *
left_side(const struct opt_program *p, const struct opt *o)
{
	char *no = xasprintf("no-%s", o->name), *left = NULL;
	const struct opt *other;

	for (other = p->options; other->name != NULL; other++)
		if (strcmp(other->name, no) == 0)
			left = xasprintf("[--%s], [--%s]", o->name, no);
	if (left == NULL)
		left = xasprintf("[--%s%s%s]", o->name,
		    o->arg != NULL ? "=" : "", o->arg != NULL ? o->arg : "");
	free(no);
	return left;
}

/* Lists of options are not cut; a default has a line of its own. */
static void
print_options(const struct opt_program *p, const struct opt_verb *verb)
{
	static const char mark[] = " (default: ";
	const struct opt *o;
	const char *end;
	size_t left = 0;
	char *s;

	for (o = p->options; o->name != NULL; o++)
		if (o->help != NULL && opt_takes(o, verb)) {
			s = left_side(p, o);
			if (strlen(s) > left)
				left = strlen(s);
			free(s);
		}
	if (left == 0)
		return;
	printf("Options:\n");
	for (o = p->options; o->name != NULL; o++) {
		if (o->help == NULL || !opt_takes(o, verb))
			continue;
		s = left_side(p, o);
		end = strstr(o->help, mark);
		printf("  %-*s  # %c%.*s\n", (int)left, s,
		    toupper((unsigned char)o->help[0]),
		    end != NULL ? (int)(end - o->help - 1)
				: (int)strlen(o->help) - 1,
		    o->help + 1);
		if (end != NULL)
			printf("  %-*s  # Default: %.*s\n", (int)left, "",
			    (int)(strlen(end) - strlen(mark) - 1),
			    end + strlen(mark));
		free(s);
	}
	printf("\n");
}

static void
help_all(void)
{
	static const struct row rows[] = {
	    {"backup",
		"Manage repositories, database and files backup creation"},
	    {"check",
		"Show what there is to back up or restore, and what is "
		"missing"},
	    {"discard", "Remove what a restore has replaced and kept"},
	    {"extract ID DIR",
		"Make a plain repository DIR from one of a backup"},
	    {"help [COMMAND]",
		"Describe available commands or one specific command"},
	    {"list", "List the backups"},
	    {"restore", "Restore previously captured backup data"},
	    {"rollback", "Go back to the state before a restore"},
	    {"show ID", "Show one backup"},
	    {"verify ID", "Look whether a backup is whole"},
	    {"version", "Display the version information"},
	};

	printf("GitLab Backup CLI commands:\n");
	print_rows(rows, sizeof(rows) / sizeof(rows[0]));
	printf("\n");
}

/* What the words after "backup" or "restore" may be. */
static void
help_tasks(const char *verb)
{
	static const struct row backup[] = {
	    {"backup TASK...", "Creates a backup of these tasks only"},
	    {"backup all",
		"Creates a backup including repositories, database and local "
		"files"},
	    {"backup help [COMMAND]",
		"Describe subcommands or one specific subcommand"},
	};
	static const struct row restore[] = {
	    {"restore TASK... BACKUP_ID", "Restores these tasks only"},
	    {"restore all BACKUP_ID",
		"Restores a backup including repositories, database and local "
		"files"},
	    {"restore help [COMMAND]",
		"Describe subcommands or one specific subcommand"},
	};

	if (strcmp(verb, "backup") == 0) {
		printf("Backup commands:\n");
		print_rows(backup, sizeof(backup) / sizeof(backup[0]));
	} else {
		printf("Restore commands:\n");
		print_rows(restore, sizeof(restore) / sizeof(restore[0]));
	}
	printf("\nTasks:\n"
	       "  db repositories uploads builds artifacts pages lfs\n"
	       "  terraform_state registry packages ci_secure_files\n"
	       "  external_diffs agent_plan_content ci_catalog_bundles\n\n");
}

void
driver_help(const struct opt_program *p, const struct opt_verb *verb)
{
	if (verb == NULL || strcmp(verb->name, "help") == 0) {
		help_all();
		return;
	}
	if (strcmp(verb->name, "backup") == 0 ||
	    strcmp(verb->name, "restore") == 0)
		help_tasks(verb->name);
	else
		printf("Usage:\n  gitlab-backup-cli %s%s%s\n\n%s\n\n",
		    verb->name, *verb->args != '\0' ? " " : "", verb->args,
		    verb->help);
	print_options(p, verb);
}
