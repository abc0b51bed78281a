/*-------------------------------------------------------------------------
 *
 * sqlstate.h
 *		Which HTTP status an error of PostgreSQL is answered with.
 *
 * Pure: libc only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_SQLSTATE_H
#define PG_ACU_SQLSTATE_H

#include <stdbool.h>

/* sqlstate has five characters. */
extern int sqlstate_status(const char *sqlstate);

/* Whether the function chose the status: PT400 to PT599. */
extern bool sqlstate_chooses(const char *sqlstate);

#endif
