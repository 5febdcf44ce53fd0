/* Transfer specs: what a job copies, from where to where. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SPEC_H
#define GLB_SPEC_H

#include <stdbool.h>

#include <json-c/json.h>

#include "gcp/location.h"

/*
 * The TransferSpec that copies from to to, which the caller puts: what differs
 * is overwritten, nothing is deleted anywhere, and the storage class stays.
 */
json_object *spec_make(const struct location *from, const struct location *to);

/*
 * Reads the two places of a spec that the service sent.  Returns 0, or -1 if
 * they are not there or no places of Cloud Storage.
 */
int spec_read(json_object *spec, struct location *from, struct location *to);

/*
 * Does the spec that the service sent copy just that?  An absent path is "",
 * and what we do not know is left alone; but a spec that leaves objects out,
 * or deletes some, is another one.
 */
bool spec_copies(
    json_object *spec, const struct location *from, const struct location *to);

#endif
