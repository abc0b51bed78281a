/*-------------------------------------------------------------------------
 *
 * secrets.h
 *		Which part of a statement's text may be kept.
 *
 * pg_stat_statements replaces the constants of queries, but not those of
 * utility statements, as in CREATE ROLE ... PASSWORD 'secret'.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SECRETS_H
#define PG_ACU_SECRETS_H

#include <stddef.h>

/* Replacement for the rest of a text. */
#define HIDDEN_REST "'***'"

/*
 * The number of bytes of a text that may be kept: all of them, or those before
 * the first literal when one of its words says that a literal may be a secret.
 */
extern size_t bytes_without_secrets(const char *text, size_t length);

#endif
