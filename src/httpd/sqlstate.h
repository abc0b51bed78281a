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

/* sqlstate has five characters. */
extern int sqlstate_status(const char *sqlstate);

#endif
