/* The metadata server of a machine in Google's cloud. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "gcp/endpoint.h"
#include "gcp/metadata.h"
#include "gcp/secret.h"

char *
metadata_place(void)
{
	const char *host = getenv("GCE_METADATA_HOST");
	char *url;

	if (host == NULL || *host == '\0')
		host = "metadata.google.internal";
	url = xasprintf("http://%s/", host);
	if (host[strcspn(host, "/?#@\\")] == '\0' && endpoint_metadata(url))
		return url;
	warnx("GCE_METADATA_HOST: neither this machine nor a metadata server");
	free(url);
	return NULL;
}

static int64_t
timeout(void)
{
	const char *s = getenv("GCE_METADATA_TIMEOUT");
	int64_t n;

	return s != NULL && num_parse(s, 1, 60, &n) == 0 ? n * 1000 : 3000;
}

int
metadata_get(
    struct http *h, const char *place, const char *path, struct http_answer *a)
{
	struct http_request r;
	char *url = xasprintf("%scomputeMetadata/v1/%s", place, path);
	int rc;

	memset(&r, 0, sizeof(r));
	r.method = "GET";
	r.url = url;
	r.timeout = timeout();
	r.max = SECRET_MAX;
	r.direct = true;
	list_add(&r.headers, "Metadata-Flavor: Google");
	rc = http_send(h, &r, a);
	if (rc == 0 && a->status != 0 && !a->flavoured) {
		a->status = 0;
		a->word = "UNTRUSTED";
		a->why = xstrdup("not a metadata server: no Metadata-Flavor");
	}
	list_free(&r.headers);
	free(url);
	return rc;
}
