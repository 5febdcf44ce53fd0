/* Time as the suite's waits for Google see it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PACE_H
#define GLB_PACE_H

#include <stdint.h>

/*
 * All waits of lib/gcp go through here, so that a rehearsal against a loopback
 * endpoint can let a day pass in seconds: GLB_TIME_SCALE=N makes the time
 * of pace_now() and pace_wait() run N times as fast.  It is heeded only while
 * GLB_STS_ENDPOINT is a loopback one (glb-gcs(1)).
 */

/* Milliseconds since some moment in the past; never goes back. */
int64_t pace_now(void);

/*
 * Waits ms milliseconds.  Returns 0, or -1 as soon as a signal asked us to
 * end (run_signal()); the caller has called run_catch_signals().
 */
int pace_wait(int64_t ms);

/* ms changed by chance by up to a quarter up or down. */
int64_t pace_jitter(int64_t ms);

#endif
