/* What roles of Cloud Storage grant, as far as copying needs it. */
/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "gcp/grant.h"
#include "gcp/member.h"

#define OBJECTS (GRANT_LIST | GRANT_READ | GRANT_CREATE | GRANT_DELETE)

static const struct grant_role known[] = {
    {"roles/storage.admin", GRANT_BUCKET | OBJECTS},
    {"roles/storage.objectAdmin", OBJECTS},
    {"roles/storage.objectUser", OBJECTS},
    {"roles/storage.objectViewer", GRANT_LIST | GRANT_READ},
    {"roles/storage.objectCreator", GRANT_CREATE},
    {"roles/storage.legacyBucketOwner",
	GRANT_BUCKET | GRANT_LIST | GRANT_CREATE | GRANT_DELETE},
    {"roles/storage.legacyBucketWriter",
	GRANT_BUCKET | GRANT_LIST | GRANT_CREATE | GRANT_DELETE},
    {"roles/storage.legacyBucketReader", GRANT_BUCKET | GRANT_LIST},
    {"roles/storage.legacyObjectOwner", GRANT_READ},
    {"roles/storage.legacyObjectReader", GRANT_READ},
    {NULL, 0},
};

/* Both need the second one, without which the first one shows no bucket. */
const struct grant_role grant_source[] = {
    {"roles/storage.objectViewer", GRANT_LIST | GRANT_READ},
    {"roles/storage.legacyBucketReader", GRANT_BUCKET},
    {NULL, 0},
};
const struct grant_role grant_sink[] = {
    {"roles/storage.objectAdmin", OBJECTS},
    {"roles/storage.legacyBucketReader", GRANT_BUCKET},
    {NULL, 0},
};

static bool
is_member(json_object *members, const char *email)
{
	const char *s;
	size_t i;

	if (!json_object_is_type(members, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(members); i++) {
		s = json_object_get_string(
		    json_object_array_get_idx(members, i));
		if (s == NULL)
			continue;
		if (strcmp(s, "allUsers") == 0 ||
		    strcmp(s, "allAuthenticatedUsers") == 0)
			return true;
		if (text_starts(s, "serviceAccount:") &&
		    strcmp(strchr(s, ':') + 1, email) == 0)
			return true;
	}
	return false;
}

/* Of a role without a condition, or with *unjudged set. */
static unsigned
rights(json_object *binding, const char *role, bool *unjudged)
{
	const struct grant_role *k;

	*unjudged = member_has(binding, "condition");
	for (k = known; !*unjudged && k->role != NULL; k++)
		if (strcmp(k->role, role) == 0)
			return k->needs;
	*unjudged = true;
	return 0;
}

unsigned
grant_of(json_object *bindings, const char *email, struct list *unjudged)
{
	json_object *binding, *members;
	const char *role;
	unsigned all = 0;
	size_t i;
	bool unclear;
	char *line;

	for (i = 0; i < json_object_array_length(bindings); i++) {
		binding = json_object_array_get_idx(bindings, i);
		role = member_string(binding, "role");
		if (role == NULL ||
		    !json_object_object_get_ex(binding, "members", &members) ||
		    !is_member(members, email))
			continue;
		all |= rights(binding, role, &unclear);
		if (unclear) {
			line = text_line(role);
			list_add(unjudged, line);
			free(line);
		}
	}
	return all;
}
