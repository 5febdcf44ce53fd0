/* The plan of a restore as a shell script: restore --dry-run. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "console.h"
#include "restore.h"
#include "script.h"
#include "site/options.h"

/* Appends a command of the driver itself, with what finds the same site. */
static void
command(struct buf *b, const struct restore *r, const char *words)
{
	struct list args = {NULL, 0};
	size_t i;

	buf_printf(b, "gitlab-backup-cli %s", words);
	site_options(r->site, &args);
	for (i = 0; i < args.n; i++) {
		buf_putc(b, ' ');
		text_shell(b, args.v[i]);
	}
	list_free(&args);
}

/* An option of the driver's, unless value is NULL. */
static void
print_option(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, " --%s=", name);
	text_shell(b, value);
}

/* The preflight, with the options that it was asked for with. */
static void
print_check(struct buf *b, const struct restore *r)
{
	const struct opts *o = r->opts;
	size_t i;

	command(b, r, "check restore");
	buf_printf(b, " --existing=%s", o->existing);
	print_option(b, "backup-bucket", o->backup_bucket);
	print_option(b, "registry-bucket", o->registry_bucket);
	print_option(b, "service-account-file", o->service_account_file);
	if (o->allow_version_mismatch)
		buf_puts(b, " --allow-version-mismatch");
	if (strcmp(o->engine, "auto") != 0)
		buf_printf(b, " --repository-engine=%s", o->engine);
	if (o->force)
		buf_puts(b, " --force");
	if (o->no_verify)
		buf_puts(b, " --no-verify");
	/* Of all tasks some may be left out, where named ones may not. */
	for (i = 0; r->all && i < o->skip.n; i++)
		buf_printf(b, "%s%s", i == 0 ? " --skip=" : ",", o->skip.v[i]);
	if (r->all)
		buf_puts(b, " all");
	for (i = 0; !r->all && i < r->tasks.n; i++)
		buf_printf(b, " %s", r->tasks.v[i]);
	buf_puts(b,
	    " \"$backup\" >&2\n"
	    "case $? in 0 | 4) ;; *) exit 1 ;; esac\n");
}

/* A new journal, in one step, as the driver writes it. */
static void
print_journal(struct buf *b, const struct journal *j)
{
	buf_puts(b, "cat >\"$work/.new\" <<'END' || exit 1\n");
	journal_json(j, b);
	buf_puts(b,
	    "END\n"
	    "sync \"$work/.new\" || exit 1\n"
	    "mv \"$work/.new\" \"$work/journal.json\" || exit 1\n"
	    "sync \"$work\" || exit 1\n\n");
}

/* What undoes it all unless it comes to its end. */
static void
print_trap(struct buf *b, const struct restore *r)
{
	buf_puts(b, "undo() {\n\texec 7>&-\n\t");
	command(b, r, "rollback");
	buf_puts(b, "\n}\ntrap undo EXIT\n");
}

/* What is left for GitLab to do; nothing of it is a failure any more. */
static void
print_pools(struct buf *b, const struct restore *r)
{
	struct list args = {NULL, 0};
	struct plan p = {NULL, 0, false};
	size_t i;

	if (plan_pools(r, &p)) {
		buf_puts(b, "glb-repos reset-pools");
		site_options(r->site, &args);
		for (i = 0; i < args.n; i++) {
			buf_putc(b, ' ');
			text_shell(b, args.v[i]);
		}
		buf_puts(b, " </dev/null >&2 7>&- || gaps=4\n");
	}
	list_free(&args);
	plan_free(&p);
}

/* The new state stays; the old one goes, unless it is to be kept. */
static void
print_end(struct buf *b, const struct restore *r)
{
	buf_puts(b, "trap - EXIT\n");
	print_pools(b, r);
	buf_puts(b, "exec 7>&-\n");
	if (!journal_keeps(&r->journal)) {
		command(b, r, "discard");
		buf_puts(b, " || status=4\n");
	} else if (!r->opts->keep_replaced) {
		buf_puts(b, "if [ $status -eq 0 ]; then\n\t");
		command(b, r, "discard");
		buf_puts(b, " || status=4\nfi\n");
	}
	buf_puts(b, "[ $status -ne 0 ] || status=$gaps\nexit $status\n");
}

static void
flush(struct buf *b)
{
	fputs(buf_str(b), stdout);
	buf_reset(b);
}

void
script_restore(struct restore *r)
{
	struct plan first = {NULL, 0, false}, second = {NULL, 0, false};
	struct buf b = {NULL, 0, 0};

	plan_restore(r, &first, &second);
	journal_begin(&r->journal, r->dir, r->info.backup_id);
	buf_puts(&b,
	    "#!/bin/sh\n"
	    "# The plan of gitlab-backup-cli restore: run by hand, "
	    "it does the same.\n"
	    "# The driver runs independent jobs at the same time.\n");
	script_assign(&b, "dir", r->home);
	script_assign(&b, "work", r->work);
	script_assign(&b, "backup", r->dir);
	buf_printf(&b, "status=0 gaps=%d\n", r->problems.status);
	print_check(&b, r);
	buf_puts(&b, script_lock);
	buf_puts(&b,
	    "[ ! -e \"$work/journal.json\" ] || {\n"
	    "\techo \"$work: an earlier restore did not end\" >&2\n"
	    "\texit 1\n}\n"
	    "rm -rf \"$work\" || exit 1\n"
	    "mkdir -m 700 \"$work\" || exit 1\n");
	print_journal(&b, &r->journal);
	print_trap(&b, r);
	buf_puts(&b, script_stage);
	flush(&b);
	plan_print(&first, stdout);
	if (second.n_jobs > 0) {
		restore_lose(r);
		print_journal(&b, &r->journal);
		flush(&b);
		plan_print(&second, stdout);
	}
	r->journal.phase = JOURNAL_KEPT;
	print_journal(&b, &r->journal);
	print_end(&b, r);
	flush(&b);
	plan_free(&first);
	plan_free(&second);
	buf_free(&b);
}
