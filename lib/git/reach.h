/* Whether a Gitaly can be reached at the address that gitlab.yml gives. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REACH_H
#define GLB_REACH_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Looks whether something listens at address: unix:PATH and tcp://HOST:PORT or
 * tls://HOST:PORT by a connection, which is closed at once, within some
 * seconds; of dns:[//SERVER/]HOST[:PORT] and dns+tls: only whether the name has
 * an address.  Returns true, or false with the reason appended to *why
 * (silent).
 */
bool reach_gitaly(const char *address, struct buf *why);

#endif
