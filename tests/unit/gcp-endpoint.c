/* Unit tests of lib/gcp/endpoint.c: where requests may go. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gcp/endpoint.h"

/* Asserts that got is want; NULL counts as "none".  got is freed. */
static void
same(const char *what, char *got, const char *want)
{
	const char *shown = got != NULL ? got : "none";

	if (strcmp(shown, want) != 0) {
		fprintf(stderr, "%s gives %s, not %s\n", what, shown, want);
		abort();
	}
	free(got);
}

static void
test_allowed(void)
{
	static const char *const cases[][2] = {
	    {"https://storagetransfer.googleapis.com/",
		"https://storagetransfer.googleapis.com/"},
	    {"https://example.com", "https://example.com/"},
	    {"HTTPS://example.com:8443/a/b?c",
		"https://example.com:8443/a/b?c"},
	    {"http://127.0.0.1:8080/token", "http://127.0.0.1:8080/token"},
	    {"http://127.200.3.4/", "http://127.200.3.4/"},
	    {"http://[::1]:80/x", "http://[::1]:80/x"},
	    {"http://localhost:1/", "http://localhost:1/"},
	    {"http://LOCALHOST:1/", "http://LOCALHOST:1/"},
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		same(cases[i][0], endpoint_url(cases[i][0], &why), cases[i][1]);
}

static void
test_refused(void)
{
	static const char plain[] = "plain http, and not to this machine";
	static const char *const cases[][2] = {
	    {"", "not a URL"},
	    {"example.com", "not a URL"},
	    {"127.0.0.1:80", "not a URL"},
	    {"https://", "not a URL"},
	    {"https://a b/", "not a URL"},
	    {"https://a/\n", "not a URL"},
	    {"http://evil/", plain},
	    {"http://127.0.0.1.evil.com/", plain},
	    {"http://localhost.evil.com/", plain},
	    {"http://128.0.0.1/", plain},
	    {"http://[::2]/", plain},
	    {"http://[::ffff:8.8.8.8]/", plain},
	    {"http://169.254.169.254/", plain},
	    {"http://127.0.0.1@evil.com/", "a URL with a user or password"},
	    {"https://u:p@example.com/", "a URL with a user or password"},
	    {"https://example.com/#f", "a URL with a fragment"},
	    {"ftp://localhost/", "neither https nor http"},
	    {"file:///etc/passwd", "neither https nor http"},
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		same(cases[i][0], endpoint_url(cases[i][0], &why), "none");
		assert(strcmp(why, cases[i][1]) == 0);
	}
}

static void
test_kinds(void)
{
	assert(endpoint_local("http://127.0.0.1/"));
	assert(!endpoint_local("https://127.0.0.1/"));
	assert(!endpoint_local("http://metadata.google.internal/"));
	assert(endpoint_loopback("https://127.0.0.1/"));
	assert(!endpoint_loopback("nonsense"));
	assert(endpoint_https("HTTPS://a/") && !endpoint_https("http://a/"));
	assert(endpoint_metadata("http://metadata.google.internal/"));
	assert(endpoint_metadata("http://169.254.169.254/"));
	assert(endpoint_metadata("http://localhost:8080/"));
	assert(!endpoint_metadata("http://metadata.google.internal.evil/"));
	assert(!endpoint_metadata("http://10.0.0.1/"));
	assert(endpoint_domain("googleapis.com"));
	assert(endpoint_domain("apis-tpczero.goog"));
	assert(!endpoint_domain("") && !endpoint_domain("evil.com/x"));
	assert(!endpoint_domain("a@b") && !endpoint_domain(".com"));
}

static void
test_service(void)
{
	unsetenv("GLB_X");
	same("no variable", endpoint_service("GLB_X", "storage", "example.org"),
	    "https://storage.example.org/");
	setenv("GLB_X", "", 1);
	same("empty", endpoint_service("GLB_X", "storage", "example.org"),
	    "https://storage.example.org/");
	setenv("GLB_X", "http://127.0.0.1:1/a", 1);
	same("a path", endpoint_service("GLB_X", "storage", "example.org"),
	    "http://127.0.0.1:1/a/");
}

static void
test_moved(void)
{
	same("moved",
	    endpoint_moved("https://iamcredentials.googleapis.com/v1/a:b",
		"http://127.0.0.1:99/token"),
	    "http://127.0.0.1:99/v1/a:b");
	same("without a port",
	    endpoint_moved("https://example.com:8443/v1", "https://other/x"),
	    "https://other/v1");
	same("no URL", endpoint_moved("https://example.com/", "x y"), "none");
}

int
main(void)
{
	test_allowed();
	test_refused();
	test_kinds();
	test_service();
	test_moved();
	return 0;
}
