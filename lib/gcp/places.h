/* Where the services are: the universe, the endpoints, who is charged. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PLACES_H
#define GLB_PLACES_H

#include "gcp/creds.h"

struct places {
	char *universe; /* NULL: the metadata server is still to be asked */
	char *quota_project; /* or NULL */
	char *service[2]; /* by enum api_service, with "/" */
};

/*
 * Fills *p, zeroed, from the credentials and the environment; real is the
 * place off this machine that tokens are of, or NULL (tokens_real()): these
 * are not sent over plain http.  Returns 0, or -1 after a warning;
 * places_free() in either case.
 */
int places_find(struct places *p, const struct creds *c, const char *real);
void places_free(struct places *p);

/* Fills service once universe is known.  Returns 0, or -1 after a warning. */
int places_services(struct places *p);

#endif
