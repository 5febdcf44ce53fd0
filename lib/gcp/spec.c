/* Transfer specs: what a job copies, from where to where. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/js.h"
#include "gcp/member.h"
#include "gcp/spec.h"

static void
put_place(json_object *spec, const char *key, const struct location *l)
{
	json_object *place = json_object_new_object();

	json_object_object_add(
	    place, "bucketName", json_object_new_string(l->bucket));
	if (*l->path != '\0')
		json_object_object_add(
		    place, "path", json_object_new_string(l->path));
	json_object_object_add(spec, key, place);
}

/*
 * The time of creation is not asked for: it would take the place of the custom
 * time that an object has.
 */
json_object *
spec_make(const struct location *from, const struct location *to)
{
	json_object *spec = json_object_new_object();
	json_object *options = json_object_new_object();
	json_object *metadata = json_object_new_object();

	put_place(spec, "gcsDataSource", from);
	put_place(spec, "gcsDataSink", to);
	js_put_text(options, "overwriteWhen", "DIFFERENT");
	js_put_text(metadata, "storageClass", "STORAGE_CLASS_PRESERVE");
	js_put_text(metadata, "temporaryHold", "TEMPORARY_HOLD_PRESERVE");
	json_object_object_add(options, "metadataOptions", metadata);
	json_object_object_add(spec, "transferOptions", options);
	return spec;
}

static int
read_place(json_object *spec, const char *key, struct location *l)
{
	json_object *place = member_object(spec, key);
	const char *bucket = member_string(place, "bucketName");
	const char *path = member_string(place, "path");

	if (bucket == NULL || (path == NULL && member_has(place, "path")))
		return -1;
	*l = location_of(bucket, path);
	return 0;
}

/* Absent, null, false, "", [] and {} say nothing. */
static bool
says(json_object *o, const char *key)
{
	json_object *v;

	if (!member_has(o, key))
		return false;
	json_object_object_get_ex(o, key, &v);
	switch (json_object_get_type(v)) {
	case json_type_object:
		return json_object_object_length(v) > 0;
	case json_type_array:
		return json_object_array_length(v) > 0;
	case json_type_string:
		return json_object_get_string_len(v) > 0;
	case json_type_boolean:
		return json_object_get_boolean(v);
	default:
		return true;
	}
}

void
spec_read(json_object *spec, struct spec *s)
{
	json_object *options = member_object(spec, "transferOptions");

	memset(s, 0, sizeof(*s));
	s->said = spec != NULL;
	if (read_place(spec, "gcsDataSource", &s->from) == -1 ||
	    read_place(spec, "gcsDataSink", &s->to) == -1)
		location_free(&s->from);
	s->partial = says(spec, "objectConditions") ||
	    says(spec, "transferManifest") ||
	    says(options, "deleteObjectsUniqueInSink") ||
	    says(options, "deleteObjectsFromSourceAfterTransfer");
}

bool
spec_copies(const struct spec *s, const struct location *from,
    const struct location *to)
{
	return s->from.bucket != NULL && !s->partial &&
	    location_same(&s->from, from) && location_same(&s->to, to);
}

void
spec_free(struct spec *s)
{
	location_free(&s->from);
	location_free(&s->to);
	memset(s, 0, sizeof(*s));
}
