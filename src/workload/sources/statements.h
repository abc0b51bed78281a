/*-------------------------------------------------------------------------
 *
 * statements.h
 *		What pg_stat_statements knows, whatever its version.
 *
 * Unknown is never 0: a counter that this pg_stat_statements does not have, or
 * that the server does not track, comes with its "known" flag false.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_STATEMENTS_H
#define PG_ACU_STATEMENTS_H

#include "stats/counters.h"

#include "datatype/timestamp.h"

/* What identifies an entry.  Hashed as bytes: statement_key clears the padding.
 */
typedef struct StatementKey
{
	Oid userid;
	Oid dbid;
	int64 queryid;
	bool toplevel;
} StatementKey;

extern void statement_key(StatementKey *key, Oid userid, Oid dbid,
						  int64 queryid, bool toplevel);

/* One entry; an entry is known by its first four fields. */
typedef struct Statement
{
	Oid userid;
	Oid dbid;
	int64 queryid; /* 0 where the reader may not know it */
	bool toplevel;
	bool queryid_known;
	TimestampTz since; /* its counters began at 0 then; 0: not known */
	StatementCounters counters;
} Statement;

typedef struct StatementsInfo
{
	TimestampTz read_at;
	TimestampTz reset_at; /* all counters began at 0 then, or later */
	int64 evictions;	  /* rounds in which the rarest entries went */
	int columns;		  /* of pg_stat_statements: tells versions apart */
	bool reset_known;	  /* reset_at and evictions: 1.9 and later */
	bool toplevel_known;  /* Statement.toplevel: 1.9 and later */
	bool tracked;		  /* statements are counted at all, says the server */
	bool plan_tracked;	  /* track_planning is on now */
	bool io_tracked;	  /* track_io_timing is on now */
	bool queryids_shown;  /* the current user may see all of them */
} StatementsInfo;

typedef struct Statements
{
	int count;
	Statement *entries;
	StatementsInfo info;
} Statements;

/*
 * Reads every entry that pg_stat_statements shows to the current user, without
 * the text, into the current memory context.  Errors: 42704
 * (undefined object) when the extension is not there, 55000 (object not in
 * prerequisite state) when it was not preloaded, 0A000 (feature not supported)
 * when it is older than 1.8.
 */
extern Statements *statements_read(void);

/* The schema that the extension is in, quoted; it may be any.  Between
 * SPI_connect and SPI_finish. */
extern char *statements_schema(void);

/* A callback of error_context_stack: adds to an error of pg_stat_statements,
 * which says that it must be preloaded, how to do that. */
extern void statements_explain(void *arg);

#endif
