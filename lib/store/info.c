/* backup_information.json: what GitLab's own tool says of a backup. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "store/info.h"

#define INFO_MAX 65536 /* the file has about 150 bytes */

char *
info_time_text(time_t t, char out[32])
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

time_t
info_time(const char *s)
{
	struct tm tm;
	const char *end;
	int hours, minutes;
	char sign;
	time_t t;

	memset(&tm, 0, sizeof(tm));
	end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	if (end == NULL)
		return -1;
	if (*end == '.') /* a fraction of a second, which we do not keep */
		end += 1 + strspn(end + 1, "0123456789");
	t = timegm(&tm);
	if (strcmp(end, "Z") == 0)
		return t;
	if (sscanf(end, "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
	    (sign != '+' && sign != '-'))
		return -1;
	minutes += 60 * hours;
	return sign == '+' ? t - 60 * minutes : t + 60 * minutes;
}

/* A JSON string; the caller frees it. */
static char *
quoted(const char *s)
{
	json_object *o = json_object_new_string(s);
	struct buf b = {NULL, 0, 0};

	js_line(&b, o);
	json_object_put(o);
	return buf_take(&b);
}

void
info_write(FILE *f, const char *id, time_t t, const char *gitlab_version)
{
	char when[32], *q_id = quoted(id), *q_version = quoted(gitlab_version);

	fprintf(f,
	    "{\n"
	    "  \"metadata_version\": %d,\n"
	    "  \"backup_id\": %s,\n"
	    "  \"created_at\": \"%s\",\n"
	    "  \"gitlab_version\": %s\n"
	    "}",
	    INFO_VERSION, q_id, info_time_text(t, when), q_version);
	free(q_id);
	free(q_version);
}

/* A string of the object, in fresh memory; NULL if it has none. */
static char *
string_of(json_object *o, const char *key)
{
	const char *s = js_string(o, key);

	return *s != '\0' ? xstrdup(s) : NULL;
}

int
info_read(const char *dir, struct info *i)
{
	char *path = xasprintf("%s/%s", dir, INFO_FILE);
	int rc = PROG_DAMAGED;
	json_object *o;

	memset(i, 0, sizeof(*i));
	o = js_read_file(path, INFO_MAX);
	if (o == NULL) {
		if (errno == EACCES)
			rc = PROG_FAILED;
		if (errno == ENOENT)
			warn("%s", path);
		goto out;
	}
	i->metadata_version = (int64_t)js_number(o, "metadata_version");
	i->backup_id = string_of(o, "backup_id");
	i->created_at = string_of(o, "created_at");
	i->gitlab_version = string_of(o, "gitlab_version");
	i->created = i->created_at != NULL ? info_time(i->created_at) : -1;
	if (i->backup_id == NULL)
		warnx("%s: no backup_id", path);
	else
		rc = PROG_DONE;
out:
	json_object_put(o);
	free(path);
	return rc;
}

void
info_free(struct info *i)
{
	free(i->backup_id);
	free(i->created_at);
	free(i->gitlab_version);
	memset(i, 0, sizeof(*i));
}
