/*-------------------------------------------------------------------------
 *
 * compat.h
 *		The differences between PostgreSQL 13 to 18 that concern this library:
 *		functions that 13 and 14 lack, and what later versions moved or renamed.
 *
 * Include after postgres.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_COMPAT_H
#define PG_ACU_COMPAT_H

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/guc.h"

/* VARDATA and SET_VARSIZE, which postgres.h had until PostgreSQL 15. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* As in PostgreSQL 18, where it stands in front of the declaration. */
#ifndef pg_noreturn
#define pg_noreturn _Noreturn
#endif

#if PG_VERSION_NUM < 150000

#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)

/* As in PostgreSQL 15: the rows go to rsinfo->setResult as rsinfo->setDesc. */
static inline void
InitMaterializedSRF(FunctionCallInfo fcinfo,
					bits32 flags PG_USED_FOR_ASSERTS_ONLY)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller;

	Assert(flags == 0);
	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg(
				 "set-valued function called in context that cannot accept a set")));

	caller = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &rsinfo->setDesc) !=
		TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = tuplestore_begin_heap(
		(rsinfo->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	MemoryContextSwitchTo(caller);
}

#endif

#endif
