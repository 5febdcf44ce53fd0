/* Unit tests of lib/gcp/creds_find.c: the file that is tried by itself. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <sys/stat.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gcp/creds.h"

#define USER \
	"{\"type\":\"authorized_user\",\"client_id\":\"%s\"," \
	"\"client_secret\":\"s\",\"refresh_token\":\"r\"}"

static void
put(const char *path, const char *client)
{
	FILE *f = fopen(path, "we");

	assert(f != NULL);
	fprintf(f, USER, client);
	assert(fclose(f) == 0 && chmod(path, 0600) == 0);
}

/* Asserts whose credentials are found; NULL: the metadata server's. */
static void
finds(const char *usual, const char *client)
{
	struct creds *c = creds_find(NULL, usual);

	assert(c != NULL);
	if (client == NULL)
		assert(c->type == CREDS_METADATA);
	else
		assert(strcmp(c->client_id, client) == 0);
	creds_free(c);
}

int
main(void)
{
	char dir[] = "/tmp/gcp-creds.XXXXXX";

	assert(clearenv() == 0 && mkdtemp(dir) != NULL && chdir(dir) == 0);
	setenv("HOME", dir, 1);
	finds("usual", NULL);
	finds("no/such/directory", NULL);
	assert(
	    mkdir(".config", 0700) == 0 && mkdir(".config/gcloud", 0700) == 0);
	put(".config/gcloud/application_default_credentials.json", "home");
	finds("usual", "home");
	/* Before what is a person's, behind what a variable names. */
	put("usual", "usual");
	finds("usual", "usual");
	put("named", "named");
	setenv("GOOGLE_APPLICATION_CREDENTIALS", "named", 1);
	finds("usual", "named");
	setenv("GOOGLE_APPLICATION_CREDENTIALS", "", 1);
	finds("usual", "usual");
	/* What is there and cannot be read is not passed over. */
	assert(unlink("usual") == 0 && mkdir("usual", 0700) == 0);
	assert(creds_find(NULL, "usual") == NULL);
	assert(rmdir("usual") == 0 && unlink("named") == 0);
	assert(
	    unlink(".config/gcloud/application_default_credentials.json") == 0);
	assert(rmdir(".config/gcloud") == 0 && rmdir(".config") == 0);
	assert(chdir("/") == 0 && rmdir(dir) == 0);
	return 0;
}
