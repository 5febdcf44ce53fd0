/* The calls of Storage Transfer that the suite makes, as they are sent. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CALLS_H
#define GLB_CALLS_H

#include "gcp/api.h"
#include "gcp/location.h"

/* Can s be the id of a project? */
bool calls_is_project(const char *s);

/*
 * Each sends one request and returns what api_call() returns, with ans to be
 * freed by api_answer_free().  job is "transferJobs/...", operation
 * "transferOperations/...".  Silent.
 */

int calls_get_job(struct api *a, const char *project, const char *job,
    struct api_answer *ans);

/* Creates an enabled job that copies from to to when it is run. */
int calls_create_job(struct api *a, const char *project, const char *job,
    const struct location *from, const struct location *to,
    struct api_answer *ans);

/* Makes a job that exists an enabled one that copies from to to. */
int calls_patch_job(struct api *a, const char *project, const char *job,
    const struct location *from, const struct location *to,
    struct api_answer *ans);

int calls_run_job(struct api *a, const char *project, const char *job,
    struct api_answer *ans);

/* The newest operation of the job, as a list of at most one. */
int calls_list_newest(struct api *a, const char *project, const char *job,
    struct api_answer *ans);

/* With effect API_LOOK, for those who ask again; or API_IDEMPOTENT. */
int calls_get_operation(struct api *a, const char *operation,
    enum api_effect effect, struct api_answer *ans);

/* After a signal, too, and for five seconds: nothing is called after it. */
int calls_cancel_operation(
    struct api *a, const char *operation, struct api_answer *ans);

/* May a call that was answered so succeed later, without anyone's doing? */
bool calls_may_pass(const struct api_answer *ans);

/*
 * How many ms to pause after that answer: about ms (pace_jitter()), or longer
 * if Retry-After asks for it, but not beyond ten minutes.
 */
int64_t calls_pause(const struct api_answer *ans, int64_t ms);

/* Is status of the answer that word? */
bool calls_says(const struct api_answer *ans, const char *status);

/*
 * Warns "LABEL: WHAT NAME: message", with what can be done about it
 * where we know.
 */
void calls_warn(const char *label, const char *what, const char *name,
    const struct api_answer *ans);

#endif
