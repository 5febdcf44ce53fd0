/* lib/tar/gauge: how many threads are worth while. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#include "tar/gauge.h"

static void
test_bounds(void)
{
	struct tar_gauge g;

	tar_gauge_init(&g, 0, 8);
	assert(g.wanted == 1);
	tar_gauge_init(&g, 15, 8);
	assert(g.wanted == 8);
	tar_gauge_found(&g, true);
	assert(g.wanted == 8);
	tar_gauge_init(&g, 3, 8);
	assert(g.wanted == 3);
}

/* A wait adds one and begins the row anew; a row without any takes one. */
static void
test_found(void)
{
	struct tar_gauge g;
	int i;

	tar_gauge_init(&g, 2, 5);
	for (i = 0; i < 10; i++)
		tar_gauge_found(&g, true);
	assert(g.wanted == 5);
	for (i = 0; i < 7; i++)
		tar_gauge_found(&g, false);
	assert(g.wanted == 5);
	tar_gauge_found(&g, false);
	assert(g.wanted == 4);
	for (i = 0; i < 7; i++)
		tar_gauge_found(&g, false);
	tar_gauge_found(&g, true);
	for (i = 0; i < 7; i++)
		tar_gauge_found(&g, false);
	assert(g.wanted == 5);
	for (i = 0; i < 100; i++)
		tar_gauge_found(&g, false);
	assert(g.wanted == 2);
}

static void
test_due(void)
{
	struct tar_gauge g;
	int i, n = 0;

	tar_gauge_init(&g, 1, 2);
	for (i = 0; i < 80; i++)
		n += tar_gauge_due(&g);
	assert(n == 10);
}

struct ends {
	int in, out;
};

static void *
answer(void *arg)
{
	struct ends *e = arg;
	char c;

	while (read(e->in, &c, 1) == 1)
		assert(write(e->out, &c, 1) == 1);
	close(e->out);
	return NULL;
}

/* Who asks a hundred times does not find the answer there each time. */
static void
test_waits(void)
{
	long before = tar_gauge_waits();
	int there[2], back[2], i;
	struct ends e;
	pthread_t t;
	char c = 'x';

	assert(pipe(there) == 0 && pipe(back) == 0);
	e.in = there[0];
	e.out = back[1];
	assert(pthread_create(&t, NULL, answer, &e) == 0);
	for (i = 0; i < 100; i++) {
		assert(write(there[1], &c, 1) == 1);
		assert(read(back[0], &c, 1) == 1);
	}
	assert(tar_gauge_waits() > before);
	close(there[1]);
	assert(pthread_join(t, NULL) == 0);
	close(there[0]);
	close(back[0]);
}

int
main(void)
{
	test_bounds();
	test_found();
	test_due();
	test_waits();
	return 0;
}
