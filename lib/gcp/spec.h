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

/* What the service says that a job or an operation copies; zeroed: nothing. */
struct spec {
	bool said;
	struct location from, to; /* no places unless both are in buckets */
	bool partial; /* it leaves objects out, or deletes some */
};

/*
 * Reads a TransferSpec that the service sent, or NULL, into s, which is to be
 * freed by spec_free().  What we do not know in it is left alone.
 */
void spec_read(json_object *spec, struct spec *s);

/* Does s copy just that?  An absent path is "". */
bool spec_copies(const struct spec *s, const struct location *from,
    const struct location *to);

void spec_free(struct spec *s);

#endif
