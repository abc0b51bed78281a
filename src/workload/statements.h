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

#include "datatype/timestamp.h"

/* Totals since the statement's entry was made. */
typedef struct StatementCounters
{
	int64 calls;
	double exec_seconds;
	double plan_seconds;
	double io_seconds; /* reading and writing blocks; inside exec_seconds */
	int64 rows;
	int64 blks_hit; /* shared blocks of 8 kB, here and below */
	int64 blks_read;
	int64 blks_dirtied;
	int64 blks_written;
	int64 temp_blks; /* temporary blocks, read and written */
	int64 wal_bytes;
} StatementCounters;

/* One entry; an entry is known by its first four fields. */
typedef struct Statement
{
	Oid userid;
	Oid dbid;
	int64 queryid; /* 0 where the reader may not know it */
	bool toplevel;
	bool queryid_known;
	StatementCounters counters;
	const char *query; /* NULL unless asked for, or where it is lost */
} Statement;

typedef struct StatementsInfo
{
	TimestampTz read_at;
	TimestampTz reset_at; /* all counters began at 0 then, or later */
	int64 evictions;	  /* rounds in which the rarest entries went */
	bool reset_known;	  /* reset_at and evictions: 1.9 and later */
	bool toplevel_known;  /* Statement.toplevel: 1.9 and later */
	bool plan_tracked;	  /* track_planning is on now */
	bool io_tracked;	  /* track_io_timing is on now */
} StatementsInfo;

typedef struct Statements
{
	int count;
	Statement *entries;
	StatementsInfo info;
} Statements;

/*
 * Reads every entry that pg_stat_statements shows to the current user, into
 * the current memory context.  With query texts the read is several times
 * slower: pg_stat_statements then loads its file of texts.  Errors: 42704
 * (undefined object) when the extension is not there, 55000 (object not in
 * prerequisite state) when it was not preloaded, 0A000 (feature not supported)
 * when it is older than 1.8.
 */
extern Statements *statements_read(bool with_query);

#endif
