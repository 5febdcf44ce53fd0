/* What a look before copying has found, what it means, how it is told. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FINDINGS_H
#define GLB_FINDINGS_H

#include "gcp/bucket.h"
#include "gcp/grant.h"

enum answer_to { UNKNOWN, YES, NO };

/* Permissions of the caller: all that copying needs. */
enum permission {
	MAY_CREATE,
	MAY_GET,
	MAY_RUN,
	MAY_UPDATE,
	MAY_SEE_AGENT,
	MAY_GET_OPERATION,
	PERMISSIONS
};

/* Their names, "storagetransfer.jobs.create". */
extern const char *const findings_permissions[PERMISSIONS];

/* One end of the copy; the strings at what and at place are others'. */
struct findings_end {
	const char *what; /* "source", "sink" */
	const struct location *place;
	const struct grant_role *roles; /* that the agent needs */
	struct bucket bucket;
};

struct findings {
	const char *account, *origin, *project; /* others' */
	char *agent; /* e-mail of the service agent; NULL: not known */
	bool disabled; /* the service is off in the project */
	bool mute; /* it does not answer, or not properly */
	enum answer_to may[PERMISSIONS];
	struct findings_end end[2]; /* source, sink */
	bool apart; /* neither is inside the other */

	struct list problems; /* that make a copy fail for certain */
	struct list unknown; /* what could not be seen */
	struct list notes;
	struct list commands; /* that mend it */
};

/* Fills the lists.  Returns a status: DONE, FAILED or PARTIAL. */
int findings_judge(struct findings *f);

/* Prints them on stdout. */
void findings_print(const struct findings *f, int status);
void findings_print_json(const struct findings *f, int status);

/* What of a role is seen: by the rights that need it. */
enum answer_to findings_role(
    const struct findings_end *end, const struct grant_role *role);

void findings_free(struct findings *f);

#endif
