/* Live progress on a terminal: a line a running job. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <time.h>

#include "base/num.h"
#include "console.h"

/* One process has one terminal. */
static struct {
	size_t drawn; /* lines of progress on it */
	uint64_t repositories; /* how many there will be; 0: unknown */
} progress;

/* The lines of a file: the repositories of the list. */
static uint64_t
count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	uint64_t n = 0;
	int c;

	if (f == NULL)
		return 0;
	while ((c = getc_unlocked(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

/* Does the job read a list of repositories? */
static int
counts(const struct plan_job *j)
{
	return j->after != NULL && j->in != NULL;
}

void
progress_start(const struct plan_job *j)
{
	if (counts(j))
		progress.repositories = count_lines(j->in);
}

void
progress_erase(void)
{
	if (progress.drawn == 0)
		return;
	fprintf(stderr, "\033[%zuA\r\033[J", progress.drawn);
	/* Before what stdout writes to the same terminal. */
	fflush(stderr);
	progress.drawn = 0;
}

static void
draw_job(const struct plan_job *j)
{
	const struct plan_stage *first = &j->stages[0];
	const struct plan_stage *last = &j->stages[j->n_stages - 1];
	uint64_t bytes =
	    last->bytes_out > 0 ? last->bytes_out : first->bytes_in;
	uint64_t items = first->items > 0 ? first->items : last->items;
	int64_t seconds = (int64_t)time(NULL) - j->started;
	char size[16], rate[16];

	num_human(bytes, size, sizeof(size));
	num_human(
	    bytes / (uint64_t)(seconds > 0 ? seconds : 1), rate, sizeof(rate));
	fprintf(stderr, "  %-20s %10s  %10s/s  %8llu items  %02lld:%02lld",
	    j->name, size, rate, (unsigned long long)items,
	    (long long)(seconds / 60), (long long)(seconds % 60));
	/* Of a copy between buckets, what has been found so far. */
	if (j->remote && first->bytes_in > 0)
		fprintf(stderr, "  %3llu %%",
		    (unsigned long long)(100.0 * (double)last->bytes_out /
			(double)first->bytes_in));
	if (counts(j) && progress.repositories > 0)
		fprintf(stderr, "  %3llu %%",
		    (unsigned long long)(100 * items / progress.repositories));
	fputc('\n', stderr);
	progress.drawn++;
}

void
progress_draw(const struct plan *p)
{
	size_t i;

	progress_erase();
	for (i = 0; i < p->n_jobs; i++)
		if (p->jobs[i]->state == PLAN_RUNNING &&
		    p->jobs[i]->vars.n == 0)
			draw_job(p->jobs[i]);
}
