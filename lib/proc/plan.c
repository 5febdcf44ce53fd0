/* A plan as data: building it, freeing it, printing it as shell commands. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "proc/plan.h"

struct plan_job *
plan_job(struct plan *p, const char *name, const char *task)
{
	struct plan_job *j = xcalloc(1, sizeof(*j));

	j->name = xstrdup(name);
	j->task = xstrdup(task);
	j->hold_fd = j->vars_fd = j->err_fd = -1;
	p->jobs = xreallocarray(p->jobs, p->n_jobs + 1, sizeof(*p->jobs));
	p->jobs[p->n_jobs++] = j;
	return j;
}

struct plan_stage *
plan_stage(struct plan_job *j, const char *program)
{
	struct plan_stage *s;

	j->stages =
	    xreallocarray(j->stages, j->n_stages + 1, sizeof(*j->stages));
	s = &j->stages[j->n_stages++];
	*s = (struct plan_stage){.status_fd = -1};
	plan_arg(s, "%s", program);
	return s;
}

/* Adds an argument whose two strings the stage then owns. */
static void
add(struct plan_stage *s, char *text, char *var)
{
	s->args = xreallocarray(s->args, s->n_args + 1, sizeof(*s->args));
	s->args[s->n_args++] = (struct plan_arg){text, var};
}

void
plan_arg(struct plan_stage *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(s, xvasprintf(fmt, ap), NULL);
	va_end(ap);
}

void
plan_arg_var(struct plan_stage *s, const char *text, const char *var)
{
	add(s, xstrdup(text), xstrdup(var));
}

static void
free_stage(struct plan_stage *s)
{
	size_t i;

	for (i = 0; i < s->n_args; i++) {
		free(s->args[i].text);
		free(s->args[i].var);
	}
	free(s->args);
	buf_free(&s->events);
}

static void
free_job(struct plan_job *j)
{
	size_t i;

	for (i = 0; i < j->n_stages; i++)
		free_stage(&j->stages[i]);
	free(j->stages);
	free(j->name);
	free(j->task);
	free(j->what);
	free(j->in);
	free(j->out);
	free(j->cause);
	list_free(&j->vars);
	list_free(&j->values);
	list_free(&j->warnings);
	buf_free(&j->said);
	buf_free(&j->err_line);
	free(j);
}

void
plan_free(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n_jobs; i++)
		free_job(p->jobs[i]);
	free(p->jobs);
	*p = (struct plan){NULL, 0, false};
}

/* The shell's variable for a holder's key: "ci" of "snapshot" is SNAPSHOT_ci.
 */
static void
shell_variable(struct buf *b, const struct plan_job *holder, const char *key)
{
	const char *s;

	for (s = holder->name; *s != '\0'; s++)
		buf_putc(b,
		    isalnum((unsigned char)*s)
			? (char)toupper((unsigned char)*s)
			: '_');
	buf_putc(b, '_');
	for (s = key; *s != '\0'; s++)
		buf_putc(b, isalnum((unsigned char)*s) ? *s : '_');
}

static void
shell_stage(struct buf *b, const struct plan_job *j, const struct plan_stage *s)
{
	size_t i;

	buf_puts(b, "stage");
	for (i = 0; i < s->n_args; i++) {
		buf_putc(b, ' ');
		if (*s->args[i].text != '\0' || s->args[i].var == NULL)
			text_shell(b, s->args[i].text);
		if (s->args[i].var != NULL) {
			buf_puts(b, "\"$");
			shell_variable(b, j->holder, s->args[i].var);
			buf_putc(b, '"');
		}
	}
}

/*
 * A holder becomes a background command between two named pipes: descriptor 8
 * holds its stdin open, descriptor 9 reads its lines.
 */
static void
shell_holder(struct buf *b, const struct plan_job *j)
{
	size_t i;

	buf_puts(b, "mkfifo \"$work/hold\" \"$work/held\" || exit 1\n");
	shell_stage(b, j, &j->stages[0]);
	buf_puts(b,
	    " <\"$work/hold\" >\"$work/held\" &\n"
	    "exec 8>\"$work/hold\" 9<\"$work/held\"\n"
	    "while IFS='\t' read -r key value <&9; do\n"
	    "\tcase $key in\n");
	for (i = 0; i < j->vars.n; i++) {
		buf_puts(b, "\t");
		text_shell(b, j->vars.v[i]);
		buf_puts(b, ") ");
		shell_variable(b, j, j->vars.v[i]);
		buf_puts(b, "=$value ;;\n");
	}
	buf_puts(b, "\tesac\n\t");
	for (i = 0; i < j->vars.n; i++) {
		buf_puts(b, i == 0 ? "[ -z \"${" : " || [ -z \"${");
		shell_variable(b, j, j->vars.v[i]);
		buf_puts(b, "-}\" ]");
	}
	buf_printf(b,
	    " || break\ndone\n"
	    "[ -n \"$value\" ] || { wait; judge %s 1; exit 1; }\n\n",
	    j->name);
}

/* Lets a holder go, once the last job that uses it has been printed. */
static void
shell_let_go(struct buf *b, const struct plan *p, size_t i)
{
	const struct plan_job *holder = p->jobs[i]->holder;
	size_t k;

	for (k = i + 1; k < p->n_jobs; k++)
		if (p->jobs[k]->holder == holder)
			return;
	if (holder != NULL)
		buf_printf(b,
		    "exec 8>&- 9<&-\nwait\nrm \"$work/hold\" \"$work/held\"\n"
		    "judge %s 1\n\n",
		    holder->name);
}

static void
shell_pipeline(struct buf *b, const struct plan_job *j)
{
	size_t i;

	for (i = 0; i < j->n_stages; i++) {
		if (i > 0)
			buf_puts(b, " |\n\t");
		shell_stage(b, j, &j->stages[i]);
		if (i == 0) {
			buf_puts(b, " <");
			text_shell(b, j->in != NULL ? j->in : "/dev/null");
		}
	}
	if (j->out != NULL) {
		buf_puts(b, " >>");
		text_shell(b, j->out);
	}
	buf_printf(b, "\njudge %s %zu\n\n", j->name, j->n_stages);
}

void
plan_print(const struct plan *p, FILE *f)
{
	struct buf b = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < p->n_jobs; i++) {
		if (p->jobs[i]->vars.n > 0) {
			shell_holder(&b, p->jobs[i]);
			continue;
		}
		shell_pipeline(&b, p->jobs[i]);
		shell_let_go(&b, p, i);
	}
	fputs(buf_str(&b), f);
	buf_free(&b);
}
