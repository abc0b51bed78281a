/*-------------------------------------------------------------------------
 *
 * sqlstate.h
 *		The HTTP status for an error of PostgreSQL.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SQLSTATE_H
#define PG_ACU_SQLSTATE_H

#include <stdbool.h>

/* The status for an SQLSTATE of five characters; 500 for one not listed. */
extern int sqlstate_status(const char *sqlstate);

/* Whether the function set the status itself, by raising PT400 to PT599. */
extern bool sqlstate_sets_status(const char *sqlstate);

#endif
