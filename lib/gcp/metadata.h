/* The metadata server of a machine in Google's cloud. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_METADATA_H
#define GLB_METADATA_H

#include "gcp/http.h"

/*
 * The server's URL, "http://metadata.google.internal/" or what
 * GCE_METADATA_HOST says, which may be a loopback or link-local host only.
 * Returns a fresh string, or NULL after a warning.
 */
char *metadata_place(void);

/*
 * Asks place for path, "instance/...".  Never by a proxy; GCE_METADATA_TIMEOUT
 * seconds at most (3).  Returns what http_send() does; an answer that does not
 * come from such a server is none.
 */
int metadata_get(
    struct http *h, const char *place, const char *path, struct http_answer *a);

#endif
