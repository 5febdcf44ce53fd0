/* Where requests may go: https anywhere, http to this machine only. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ENDPOINT_H
#define GLB_ENDPOINT_H

#include <stdbool.h>

#define ENDPOINT_UNIVERSE "googleapis.com"

/*
 * Looks at a URL that comes from outside: https, or http to a loopback host
 * (127.0.0.0/8, ::1, localhost); no user, no fragment.  Returns it in its
 * normal form, which the caller frees, or NULL with *why saying what is wrong
 * (silent; a constant).
 */
char *endpoint_url(const char *url, const char **why);

/* The host of a URL is a loopback one.  false for what is no URL. */
bool endpoint_loopback(const char *url);

/*
 * The host of a URL is one where a metadata server may be: a loopback or
 * link-local one, or by Google's names for it.
 */
bool endpoint_metadata(const char *url);

/* Nothing leaves this machine: plain http, and loopback. */
bool endpoint_local(const char *url);

/* What is sent there can be read by nobody but its owner: it is https. */
bool endpoint_https(const char *url);

/*
 * The place of a service: the URL that the variable var holds, else
 * https://HOST.UNIVERSE/.  It ends with "/".  Returns a fresh string, or NULL
 * after a warning.
 */
char *endpoint_service(const char *var, const char *host, const char *universe);

/*
 * url with scheme, host and port of the URL place, whose path is not looked
 * at.  Returns a fresh string, or NULL (silent) if either is no URL.
 */
char *endpoint_moved(const char *url, const char *place);

/* Is s a domain as universes have: letters, digits, ".", "-"? */
bool endpoint_domain(const char *s);

#endif
