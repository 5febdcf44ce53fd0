/* Where the services are: the universe, the endpoints, who is charged. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gcp/api.h"
#include "gcp/endpoint.h"
#include "gcp/places.h"

/* The value of a variable that is set to something, or NULL. */
static const char *
value_of(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? s : NULL;
}

int
places_services(struct places *p)
{
	p->service[API_TRANSFER] = endpoint_service(
	    "GLB_STS_ENDPOINT", "storagetransfer", p->universe);
	p->service[API_STORAGE] =
	    endpoint_service("GLB_GCS_ENDPOINT", "storage", p->universe);
	return p->service[0] != NULL && p->service[1] != NULL ? 0 : -1;
}

/* The universe of the credentials and of the environment must be one. */
static int
find_universe(struct places *p, const struct creds *c)
{
	static const char var[] = "GOOGLE_CLOUD_UNIVERSE_DOMAIN";
	const char *wanted = value_of(var), *own = NULL;
	const struct creds *source;

	for (source = c; source != NULL && own == NULL; source = source->source)
		own = source->universe;
	if (wanted != NULL && !endpoint_domain(wanted)) {
		warnx("%s: not a domain", var);
		return -1;
	}
	if (wanted != NULL && own != NULL && strcasecmp(wanted, own) != 0) {
		warnx("%s: %s, but %s is of %s", var, wanted, c->origin, own);
		return -1;
	}
	if (own != NULL || wanted != NULL)
		p->universe = xstrdup(own != NULL ? own : wanted);
	else if (c->type != CREDS_METADATA)
		p->universe = xstrdup(ENDPOINT_UNIVERSE);
	return 0;
}

/* The project that is to be charged: it becomes a header. */
static int
find_quota_project(struct places *p, const struct creds *c)
{
	static const char var[] = "GOOGLE_CLOUD_QUOTA_PROJECT";
	const char *s = value_of(var);

	if (s == NULL)
		s = c->quota_project;
	if (s == NULL)
		return 0;
	if (s[strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-")] != '\0') {
		warnx("%s: the quota project is not a project's name",
		    value_of(var) != NULL ? var : c->origin);
		return -1;
	}
	p->quota_project = xstrdup(s);
	return 0;
}

/*
 * The variables that move the services; and no token that is good elsewhere
 * goes over plain http.
 */
static int
check_overrides(const char *real)
{
	static const char *const vars[] = {
	    "GLB_STS_ENDPOINT", "GLB_GCS_ENDPOINT"};
	const char *value, *why;
	char *url;
	bool plain;
	size_t i;

	for (i = 0; i < 2; i++) {
		value = value_of(vars[i]);
		if (value == NULL)
			continue;
		url = endpoint_url(value, &why);
		if (url == NULL) {
			/* Not the value: there may be a password in it. */
			warnx("%s: %s", vars[i], why);
			return -1;
		}
		plain = !endpoint_https(url);
		free(url);
		if (plain && real != NULL) {
			warnx("%s: is plain http: no token of %s goes there",
			    vars[i], real);
			return -1;
		}
	}
	return 0;
}

int
places_find(struct places *p, const struct creds *c, const char *real)
{
	if (check_overrides(real) == -1 || find_universe(p, c) == -1 ||
	    find_quota_project(p, c) == -1)
		return -1;
	return p->universe != NULL ? places_services(p) : 0;
}

void
places_free(struct places *p)
{
	free(p->universe);
	free(p->quota_project);
	free(p->service[0]);
	free(p->service[1]);
	memset(p, 0, sizeof(*p));
}
