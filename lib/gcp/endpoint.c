/* Where requests may go: https anywhere, http to this machine only. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/text.h"
#include "gcp/endpoint.h"

/* One part of a URL in our own memory, or NULL if it has none. */
static char *
part(CURLU *u, CURLUPart what)
{
	char *s = NULL, *copy;

	if (curl_url_get(u, what, &s, 0) != CURLUE_OK || s == NULL)
		return NULL;
	copy = xstrdup(s);
	curl_free(s);
	return copy;
}

/* url in parts, or NULL if it is none. */
static CURLU *
split(const char *url)
{
	CURLU *u = curl_url();

	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
		return u;
	curl_url_cleanup(u);
	return NULL;
}

static bool
has(CURLU *u, CURLUPart what)
{
	char *s = part(u, what);
	bool there = s != NULL;

	free(s);
	return there;
}

static bool
is(CURLU *u, CURLUPart what, const char *want)
{
	char *s = part(u, what);
	bool same = s != NULL && strcasecmp(s, want) == 0;

	free(s);
	return same;
}

static bool
loopback_host(const char *host)
{
	struct in_addr four;
	struct in6_addr six;
	char name[INET6_ADDRSTRLEN];
	size_t n = strlen(host);

	/* libcurl never asks a name server for this one. */
	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (n < 3 || n - 2 >= sizeof(name) || host[0] != '[')
		return false;
	memcpy(name, host + 1, n - 2);
	name[n - 2] = '\0';
	return inet_pton(AF_INET6, name, &six) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&six);
}

static bool
loopback(CURLU *u)
{
	char *host = part(u, CURLUPART_HOST);
	bool yes = host != NULL && loopback_host(host);

	free(host);
	return yes;
}

static const char *
objection(CURLU *u)
{
	if (u == NULL)
		return "not a URL";
	if (has(u, CURLUPART_USER) || has(u, CURLUPART_PASSWORD))
		return "a URL with a user or password";
	if (has(u, CURLUPART_FRAGMENT))
		return "a URL with a fragment";
	if (is(u, CURLUPART_SCHEME, "https"))
		return NULL;
	if (!is(u, CURLUPART_SCHEME, "http"))
		return "neither https nor http";
	if (!loopback(u))
		return "plain http, and not to this machine";
	return NULL;
}

char *
endpoint_url(const char *url, const char **why)
{
	CURLU *u = strstr(url, "://") != NULL ? split(url) : NULL;
	char *normal = NULL;

	*why = objection(u);
	if (*why == NULL)
		normal = part(u, CURLUPART_URL);
	if (*why == NULL && normal == NULL)
		*why = "not a URL";
	curl_url_cleanup(u);
	return normal;
}

bool
endpoint_loopback(const char *url)
{
	CURLU *u = split(url);
	bool yes = u != NULL && loopback(u);

	curl_url_cleanup(u);
	return yes;
}

static bool
metadata_host(const char *host)
{
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1 &&
	    ntohl(four.s_addr) >> 16 == 0xa9fe)
		return true;
	return loopback_host(host) ||
	    strcasecmp(host, "metadata.google.internal") == 0 ||
	    strcasecmp(host, "[fd20:ce::254]") == 0;
}

bool
endpoint_metadata(const char *url)
{
	CURLU *u = split(url);
	char *host = u != NULL ? part(u, CURLUPART_HOST) : NULL;
	bool yes = host != NULL && metadata_host(host);

	free(host);
	curl_url_cleanup(u);
	return yes;
}

bool
endpoint_https(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0;
}

bool
endpoint_local(const char *url)
{
	return !endpoint_https(url) && endpoint_loopback(url);
}

bool
endpoint_domain(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < 254 && s[0] != '.' && s[0] != '-' &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == n;
}

char *
endpoint_service(const char *var, const char *host, const char *universe)
{
	const char *value = getenv(var), *why;
	char *url, *slash;

	if (value == NULL || *value == '\0')
		return xasprintf("https://%s.%s/", host, universe);
	url = endpoint_url(value, &why);
	if (url != NULL && strchr(url, '?') != NULL) {
		why = "a URL with a query";
		free(url);
		url = NULL;
	}
	if (url == NULL) {
		warnx("%s: %s", var, why);
		return NULL;
	}
	slash = xasprintf("%s%s", url, text_ends(url, "/") ? "" : "/");
	free(url);
	return slash;
}

char *
endpoint_moved(const char *url, const char *place)
{
	static const CURLUPart parts[] = {
	    CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
	CURLU *u = split(url), *to = split(place);
	char *s, *moved = NULL;
	size_t i;

	if (u != NULL && to != NULL) {
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			s = part(to, parts[i]);
			curl_url_set(u, parts[i], s, 0);
			free(s);
		}
		moved = part(u, CURLUPART_URL);
	}
	curl_url_cleanup(u);
	curl_url_cleanup(to);
	return moved;
}
