/* Expands any gzip stream and checks all that it says about itself. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZUNPACK_H
#define GLB_ZUNPACK_H

#include <stdint.h>

struct zunpack_counts {
	uint64_t bytes_in, bytes_out, members;
	uint64_t blocks; /* of our own members; 1 for another's */
};

/*
 * Reads gzip from in, of one member or many, with zeros at the end or without,
 * to the end of the input, and writes what it holds to out, or nowhere if out
 * is -1.  Members that glb-gzip wrote are expanded on processors threads, 1 to
 * ZPACK_PROCESSORS, all others on one; memory is zpack_stream()'s at most.
 * What was found before a damage may have been written.  Messages call
 * the descriptors "standard input" and "standard output"; neither is closed.
 * Returns a status: PROG_DONE with *counts filled if all of it is sound,
 * PROG_DAMAGED (the message says where), or PROG_FAILED.
 */
int zunpack_stream(
    int in, int out, unsigned int processors, struct zunpack_counts *counts);

#endif
