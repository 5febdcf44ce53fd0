/* lib/tar/gauge: how many threads are worth while. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* How often the main thread has had to wait, as proc(5) has it. */
static long
waits_of_main(void)
{
	const char *key = "voluntary_ctxt_switches:";
	char path[64], line[256];
	long n = -1;
	FILE *f;

	snprintf(
	    path, sizeof(path), "/proc/self/task/%ld/status", (long)getpid());
	f = fopen(path, "r");
	assert(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			n = atol(line + strlen(key));
	fclose(f);
	assert(n >= 0);
	return n;
}

struct asked {
	int out;
	long before; /* waits of who asks */
};

/* Answers when who asks is waiting for it, and not before. */
static void *
answer(void *arg)
{
	const struct asked *a = arg;

	while (waits_of_main() <= a->before)
		sched_yield();
	assert(write(a->out, "x", 1) == 1);
	return NULL;
}

static void
test_waits(void)
{
	struct asked a;
	pthread_t t;
	int p[2];
	char c;

	assert(pipe(p) == 0);
	a.out = p[1];
	a.before = waits_of_main();
	assert(tar_gauge_waits() >= a.before);
	assert(pthread_create(&t, NULL, answer, &a) == 0);
	assert(read(p[0], &c, 1) == 1);
	assert(tar_gauge_waits() > a.before);
	assert(pthread_join(t, NULL) == 0);
	close(p[0]);
	close(p[1]);
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
