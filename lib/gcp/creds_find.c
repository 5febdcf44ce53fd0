/* Credentials: the places where they are looked for. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "gcp/creds.h"
#include "gcp/metadata.h"
#include "gcp/secret.h"

/* The original's, each a path or the JSON itself; then Google's, a path. */
static const char *const variables[] = {"GOOGLE_CLOUD_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE", "GCLOUD_KEYFILE", "GOOGLE_CLOUD_CREDENTIALS_JSON",
    "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON",
    "GOOGLE_APPLICATION_CREDENTIALS"};

static struct creds *
parse_text(const char *text, size_t n, const char *what)
{
	json_object *o = secret_json(text, n);
	struct creds *c = NULL;

	if (o == NULL)
		warnx("%s: not a JSON object", what);
	else
		c = creds_parse(o, what);
	secret_json_put(o);
	return c;
}

/* Warns as ssh(1) does of a key that is everybody's. */
static void
judge_mode(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		warnx("%s: every user of this machine may %s it: mode %04o",
		    path, (st.st_mode & S_IWOTH) != 0 ? "change" : "read",
		    (unsigned int)(st.st_mode & 07777));
}

static struct creds *
parse_file(const char *path, const char *what)
{
	struct buf b = {NULL, 0, 0};
	struct creds *c = NULL;
	int fd = secret_read(path, &b);

	if (fd == -1)
		warn("%s", what);
	else
		c = parse_text(buf_str(&b), b.len, what);
	/* An external account's file holds no secret. */
	if (c != NULL && c->type != CREDS_EXTERNAL)
		judge_mode(fd, path);
	if (fd != -1)
		close(fd);
	secret_buf_free(&b);
	return c;
}

/* What a variable holds: a path, or the JSON itself. */
static struct creds *
parse_variable(const char *name, const char *value)
{
	struct creds *c;
	char *what;

	if (value[strspn(value, " \t\r\n")] == '{')
		return parse_text(value, strlen(value), name);
	/* What is no path may be a key that somebody has put there. */
	if (strlen(value) < 1024 && value[strcspn(value, "{}\"\n")] == '\0')
		what = xasprintf("%s: %s", name, value);
	else
		what = xstrdup(name);
	c = parse_file(value, what);
	free(what);
	return c;
}

/*
 * A place that counts only if a file is there.  Returns 1 if one is, with
 * *c NULL after a warning if it is no good; else 0.
 */
static int
try_place(char *path, struct creds **c)
{
	struct stat st;
	int there;

	there = stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
	if (there)
		*c = parse_file(path, path);
	free(path);
	return there;
}

/* The value of a variable that is set to something, or NULL. */
static const char *
value_of(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? s : NULL;
}

/* Where gcloud and the Ruby libraries leave a person's credentials. */
static int
try_home(struct creds **c)
{
	static const char file[] = "application_default_credentials.json";
	const char *config = value_of("CLOUDSDK_CONFIG");
	const char *home = value_of("HOME");

	if (config != NULL && try_place(xasprintf("%s/%s", config, file), c))
		return 1;
	if (home == NULL)
		return 0;
	if (config == NULL &&
	    try_place(xasprintf("%s/.config/gcloud/%s", home, file), c))
		return 1;
	return try_place(
	    xasprintf("%s/.config/google_cloud/%s", home, file), c);
}

/* The metadata server, which is asked only when a token is needed. */
static struct creds *
metadata(void)
{
	const char *no = value_of("NO_GCE_CHECK");
	struct creds *c;
	char *place;

	if (no != NULL && strcasecmp(no, "true") == 0) {
		warnx("no credentials: give --service-account-file, or set "
		      "GOOGLE_APPLICATION_CREDENTIALS");
		return NULL;
	}
	place = metadata_place();
	if (place == NULL)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->type = CREDS_METADATA;
	c->token_url = place;
	/* The host alone, of "http://HOST/". */
	c->origin = xasprintf(
	    "%.*s (metadata server)", (int)strlen(place) - 8, place + 7);
	return c;
}

struct creds *
creds_find(const char *key_file, const char *usual)
{
	struct creds *c = NULL;
	const char *value;
	size_t i;

	if (key_file != NULL)
		return parse_file(key_file, key_file);
	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		value = value_of(variables[i]);
		if (value != NULL)
			return parse_variable(variables[i], value);
	}
	if (try_place(xstrdup(usual), &c) || try_home(&c))
		return c;
	return metadata();
}
