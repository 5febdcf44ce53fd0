/* Where in SQL a byte stands, as psql's own lexer sees it. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "db/lex.h"

/*
 * psql ends a statement at a semicolon outside of quotes, comments, brackets
 * and the BEGIN ... END of a function's body; it knows the latter by the
 * first words.  Its rules are followed here to the letter, for whatever it
 * takes for a backslash command runs as a program of ours.
 */

/* Whether a byte may be in an identifier; dollars may, but not first. */
static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static int
refuse(struct lex *l, const char *reason)
{
	l->reason = reason;
	return -1;
}

/* A dump is loaded in transactions of ours. */
static int
check_first(struct lex *l)
{
	static const char *const words[] = {"ABORT", "BEGIN", "COMMIT", "END",
	    "PREPARE", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(l->first, words[i]) == 0)
			return refuse(l, "a statement about transactions");
	return 0;
}

/* CREATE [OR REPLACE] {FUNCTION | PROCEDURE}, as psql guesses it. */
static bool
is_routine(const struct lex *l)
{
	const char *w = l->initials;

	return w[0] == 'C' &&
	    (w[1] == 'F' || w[1] == 'P' ||
		(w[1] == 'O' && w[2] == 'R' && (w[3] == 'F' || w[3] == 'P')));
}

/* The word is over. */
static int
end_word(struct lex *l)
{
	size_t len = l->word_len;

	if (len == 0)
		return 0;
	l->word_len = 0;
	l->word[len < LEX_WORD ? len : LEX_WORD - 1] = '\0';
	if (isdigit((unsigned char)l->word[0]) || l->word[0] == '$')
		return 0;
	if (l->words < 4)
		l->initials[l->words] = l->word[0];
	if (l->words++ == 0) {
		memcpy(l->first, l->word, LEX_WORD);
		return check_first(l);
	}
	if (l->words == 2)
		memcpy(l->second, l->word, LEX_WORD);
	if (!is_routine(l) || l->parens > 0)
		return 0;
	if (strcmp(l->word, "BEGIN") == 0 ||
	    (l->begins > 0 && strcmp(l->word, "CASE") == 0))
		l->begins++;
	else if (l->begins > 0 && strcmp(l->word, "END") == 0)
		l->begins--;
	return 0;
}

static void
end_statement(struct lex *l)
{
	l->ended = true;
	l->in_statement = false;
	l->parens = l->begins = l->words = 0;
	memset(l->initials, 0, sizeof(l->initials));
}

/* A quote, with what stands directly before it. */
static int
open_quote(struct lex *l)
{
	bool digit = l->word_len > 0 &&
	    (isdigit((unsigned char)l->word[0]) || l->word[0] == '$');
	bool e = l->word_len == 1 && l->word[0] == 'E';

	if (digit)
		return refuse(l, "a quote behind a number");
	if (l->after_escapes)
		return refuse(l, "a string in two parts");
	if (end_word(l) == -1)
		return -1;
	l->state = e ? LEX_ESCAPES : LEX_QUOTE;
	l->escaped = false;
	return 0;
}

static int
in_top_other(struct lex *l, char c)
{
	if (c == '\\')
		return refuse(l, "a command to psql");
	if (c == '\'')
		return open_quote(l);
	if (end_word(l) == -1)
		return -1;
	if (c == '"')
		l->state = LEX_IDENT;
	else if (c == '(')
		l->parens++;
	else if (c == ')' && l->parens > 0)
		l->parens--;
	else if (c == ';' && l->parens == 0 && l->begins == 0)
		end_statement(l);
	return 0;
}

/* A dollar: in a word, of a parameter, or the start of a quote. */
static int
dollar(struct lex *l)
{
	if (l->word_len == 0) {
		l->opening = true;
		l->tag[0] = '$';
		l->tag_len = 1;
		return 0;
	}
	if (isdigit((unsigned char)l->word[0]) || l->word[0] == '$')
		return refuse(l, "a dollar behind a number");
	l->word_len++;
	return 0;
}

/* The bytes behind a dollar.  Returns 1 if c is one of them. */
static int
in_opening(struct lex *l, char c)
{
	if (c == '$') {
		l->tag[l->tag_len++] = c;
		l->opening = false;
		l->matched = 0;
		l->state = LEX_DOLLAR;
		return 1;
	}
	if (in_word(c) && (l->tag_len > 1 || !isdigit((unsigned char)c))) {
		if (l->tag_len == LEX_WORD - 1)
			return refuse(l, "a dollar quote of too many letters");
		l->tag[l->tag_len++] = c;
		return 1;
	}
	l->opening = false;
	if (l->tag_len > 1)
		return refuse(l, "a dollar in a strange place");
	/* $1 is a parameter. */
	if (isdigit((unsigned char)c)) {
		l->word[0] = '$';
		l->word_len = 1;
	}
	return 0;
}

/* Remembers what the statement says. */
static void
add_to_statement(struct lex *l, char c)
{
	if (!l->in_statement) {
		if (isspace((unsigned char)c))
			return;
		l->in_statement = true;
		memset(l->first, 0, sizeof(l->first));
		memset(l->second, 0, sizeof(l->second));
	}
	memmove(l->tail, l->tail + 1, LEX_TAIL - 1);
	l->tail[LEX_TAIL - 1] = c;
}

/* -- or slash, star: the first half was taken for an operator. */
static bool
opens_comment(struct lex *l, char c)
{
	if (l->last == '-' && c == '-')
		l->state = LEX_LINE;
	else if (l->last == '/' && c == '*')
		l->state = LEX_BLOCK;
	else
		return false;
	l->depth = 1;
	l->last = '\0';
	return true;
}

/*
 * psql puts the value of :name in the place of the name, and there is one
 * whose value is a message of the server.  A slice has numbers.
 */
static bool
is_variable(const struct lex *l, char c)
{
	return l->no_colon && l->last == ':' &&
	    ((in_word(c) && !isdigit((unsigned char)c)) || c == '\'' ||
		c == '"' || c == '{');
}

static int
in_top(struct lex *l, char c)
{
	int rc;

	if (opens_comment(l, c))
		return 0;
	/* The first half of what may become a comment is none of it yet. */
	if (l->in_statement || (c != '-' && c != '/'))
		add_to_statement(l, c);
	if (l->opening && (rc = in_opening(l, c)) != 0)
		return rc == 1 ? 0 : -1;
	if (c == '$') {
		rc = dollar(l);
	} else if (is_variable(l, c)) {
		return refuse(l, "a variable of psql");
	} else if (in_word(c)) {
		if (l->word_len < LEX_WORD - 1)
			l->word[l->word_len] = (char)toupper((unsigned char)c);
		l->word_len++;
		rc = 0;
	} else {
		rc = in_top_other(l, c);
	}
	/* A comment, too, may stand between the parts of a string. */
	if (!isspace((unsigned char)c) && c != '-')
		l->after_escapes = false;
	/* The second colon of a cast starts no variable. */
	l->last = (char)(c == ':' && l->last == ':' ? '\0' : c);
	return rc;
}

/* E'..': a quote that follows the closing one goes on with the string. */
static void
in_escapes(struct lex *l, char c)
{
	if (l->escaped)
		l->escaped = false;
	else if (c == '\\')
		l->escaped = true;
	else if (c == '\'') {
		l->state = LEX_TOP;
		l->after_escapes = true;
		l->last = '\'';
	}
}

static void
in_dollar(struct lex *l, char c)
{
	if (c == l->tag[l->matched]) {
		if (++l->matched < l->tag_len)
			return;
		l->state = LEX_TOP;
		l->last = '\0';
		return;
	}
	/* Only the first byte of a tag is a dollar. */
	l->matched = c == '$';
}

/* Comments nest; star, slash and slash, star do not share a byte. */
static void
in_block(struct lex *l, char c)
{
	if (l->last == '*' && c == '/') {
		l->last = '\0';
		if (--l->depth == 0)
			l->state = LEX_TOP;
	} else if (l->last == '/' && c == '*') {
		l->last = '\0';
		l->depth++;
	} else {
		l->last = c;
	}
}

static void
to_top(struct lex *l)
{
	l->state = LEX_TOP;
	l->last = '\0';
}

int
lex_byte(struct lex *l, char c)
{
	l->ended = false;
	switch (l->state) {
	case LEX_TOP:
		/* A doubled quote inside E'...'. */
		if (l->after_escapes && l->last == '\'' && c == '\'') {
			l->state = LEX_ESCAPES;
			return 0;
		}
		return in_top(l, c);
	case LEX_QUOTE:
		if (c == '\'')
			to_top(l);
		break;
	case LEX_ESCAPES:
		in_escapes(l, c);
		break;
	case LEX_IDENT:
		if (c == '"')
			to_top(l);
		break;
	case LEX_DOLLAR:
		in_dollar(l, c);
		break;
	case LEX_LINE:
		if (c == '\n' || c == '\r')
			to_top(l);
		break;
	case LEX_BLOCK:
		in_block(l, c);
		break;
	}
	return 0;
}
