/* How many threads are worth while: more of them where they wait for a disk. */
/* SPDX-License-Identifier: MIT */
#include <sys/resource.h>

#include "tar/gauge.h"

#define LOOK_EVERY 8 /* jobs: a look costs two system calls */
#define CALM 8 /* looks */

void
tar_gauge_init(struct tar_gauge *g, int least, int most)
{
	if (least < 1)
		least = 1;
	if (least > most)
		least = most;
	g->least = g->wanted = least;
	g->most = most;
	g->turn = g->calm = 0;
}

bool
tar_gauge_due(struct tar_gauge *g)
{
	g->turn = (g->turn + 1) % LOOK_EVERY;
	return g->turn == 0;
}

long
tar_gauge_waits(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) == 0 ? u.ru_nvcsw : 0;
}

void
tar_gauge_found(struct tar_gauge *g, bool waited)
{
	if (waited) {
		g->calm = 0;
		if (g->wanted < g->most)
			g->wanted++;
	} else if (++g->calm == CALM) {
		g->calm = 0;
		if (g->wanted > g->least)
			g->wanted--;
	}
}
