/*-------------------------------------------------------------------------
 *
 * statements.h
 *		The entries of pg_stat_statements, of any version.
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

/* Key of an entry.  It is hashed as bytes: statement_key() clears the padding.
 */
typedef struct StatementKey
{
	Oid userid;
	Oid dbid;
	int64 queryid;
	bool toplevel;
} StatementKey;

/* Sets all bytes of *key. */
extern void statement_key(StatementKey *key, Oid userid, Oid dbid,
						  int64 queryid, bool toplevel);

/* One entry, whose first four fields identify it. */
typedef struct Statement
{
	Oid userid;
	Oid dbid;
	int64 queryid; /* 0 where the current user may not see it */
	bool toplevel;
	bool queryid_known;
	TimestampTz since; /* time at which its counters began at 0; 0: not known */
	StatementCounters counters;
} Statement;

typedef struct StatementsInfo
{
	TimestampTz read_at;
	TimestampTz reset_at; /* time of the last reset of all counters */
	int64 evictions;	  /* rounds in which the rarest entries were evicted */
	int columns;		  /* number of columns, which tells versions apart */
	bool reset_known;	  /* reset_at and evictions: 1.9 and later */
	bool toplevel_known;  /* Statement.toplevel: 1.9 and later */
	bool tracked;		  /* by the server's settings, statements are counted */
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

/* The schema of the extension, quoted, palloc'd.  Between SPI_connect and
 * SPI_finish. */
extern char *statements_schema(void);

/* Callback of error_context_stack: adds a hint to the error of
 * pg_stat_statements that it must be preloaded. */
extern void statements_explain(void *arg);

#endif
