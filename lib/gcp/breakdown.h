/* Errors that an operation reports, as one line each. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_BREAKDOWN_H
#define GLB_BREAKDOWN_H

#include <json-c/json.h>

/*
 * Reads errorBreakdowns of the metadata of an operation: *line becomes "CODE:
 * N errors, the first URL: DETAIL; ...", of a few codes at most, which the
 * caller frees; NULL if there are none.  Returns 0, or -1 if there is
 * something else in its place; *line is then NULL.
 */
int breakdown_read(json_object *metadata, char **line);

/* "CODE: message" of a google.rpc.Status or NULL; the caller frees it. */
char *breakdown_error(json_object *error);

#endif
