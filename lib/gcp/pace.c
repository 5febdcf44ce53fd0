/* Time as the suite's waits for Google see it. */
/* SPDX-License-Identifier: MIT */
#include <sys/random.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/num.h"
#include "gcp/endpoint.h"
#include "gcp/pace.h"
#include "proc/run.h"

#define SCALE_MAX 1000000

static int64_t
scale(void)
{
	const char *sts = getenv("GLB_STS_ENDPOINT");
	const char *s = getenv("GLB_TIME_SCALE");
	int64_t n;

	if (sts == NULL || s == NULL || !endpoint_loopback(sts) ||
	    num_parse(s, 1, SCALE_MAX, &n) == -1)
		return 1;
	return n;
}

static int64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
pace_now(void)
{
	int64_t us = clock_us(), n = scale();

	/* Not in milliseconds: a scaled clock would stand, and jump. */
	return us / 1000 * n + us % 1000 * n / 1000;
}

int
pace_wait(int64_t ms)
{
	int64_t end, left;
	struct timespec t;
	sigset_t none;

	sigemptyset(&none);
	end = clock_us() + (ms > INT32_MAX ? INT32_MAX : ms) * 1000 / scale();
	while (run_signal() == 0) {
		left = end - clock_us();
		if (left <= 0)
			return 0;
		t.tv_sec = left / 1000000;
		t.tv_nsec = left % 1000000 * 1000;
		/* Only here may a signal come in: it ends the wait. */
		ppoll(NULL, 0, &t, &none);
	}
	return -1;
}

int64_t
pace_jitter(int64_t ms)
{
	uint32_t chance;

	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		return ms;
	return ms - ms / 4 + ms / 2 * (int64_t)(chance % 1001) / 1000;
}
