/*-------------------------------------------------------------------------
 *
 * pg_acu.c
 *		The door of the library: what happens when PostgreSQL loads it.
 *
 * Owns no data.  Nothing here needs shared_preload_libraries, so the library
 * works both preloaded and loaded on a function's first call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

void _PG_init(void);

void
_PG_init(void)
{
	/* A misspelt pg_acu.* setting is to be noticed, not silently kept. */
	MarkGUCPrefixReserved("pg_acu");
}
