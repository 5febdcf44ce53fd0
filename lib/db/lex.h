/* Where in SQL a byte stands, as psql's own lexer sees it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LEX_H
#define GLB_LEX_H

#include <stdbool.h>
#include <stddef.h>

#define LEX_WORD 64 /* bytes of a word that matter, with a NUL */
#define LEX_TAIL 12 /* strlen(" FROM stdin;") */

enum lex_state {
	LEX_TOP, /* between everything below */
	LEX_QUOTE, /* '...' */
	LEX_ESCAPES, /* E'...' */
	LEX_IDENT, /* "..." */
	LEX_DOLLAR, /* $x$...$x$ */
	LEX_LINE, /* -- to the end of the line */
	LEX_BLOCK /* slash, star to star, slash, which nest */
};

/* Zero-initialise. */
struct lex {
	enum lex_state state;
	/* The statement so far. */
	bool in_statement; /* something of it was there */
	bool ended; /* the byte just taken was its semicolon */
	char first[LEX_WORD], second[LEX_WORD]; /* words, in capitals */
	char tail[LEX_TAIL]; /* the last bytes, the newest last */
	/* Inside. */
	bool no_colon; /* refuse what psql might take for a variable */
	char last; /* the byte before; 0 if it belongs to what is over */
	bool escaped; /* E'..': the byte before was a backslash */
	bool after_escapes; /* only white space since E'...' */
	char word[LEX_WORD];
	size_t word_len; /* may be more than is kept */
	char tag[LEX_WORD]; /* of the dollar quote, with both dollars */
	size_t tag_len, matched;
	bool opening; /* a dollar quote, maybe */
	unsigned depth, parens, begins, words;
	char initials[4];
	const char *reason;
};

/*
 * Takes one byte.  Returns 0, or -1 with reason set if psql would do with it
 * what a dump must not: a backslash outside of quotes, a statement about
 * transactions, or what versions of psql read in different ways.
 */
int lex_byte(struct lex *l, char c);

#endif
