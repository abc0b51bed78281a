/*-------------------------------------------------------------------------
 *
 * session.c
 *		acu_internal.begin_session() and acu_internal.begin_call(): a session
 *		that the calls of many clients share.
 *
 * pg_acu_httpd runs each request in a transaction of its own, but many of them
 * in one session.  A function can leave things in the session that outlive its
 * transaction: settings, a role, locks, temporary tables.
 * acu_internal.begin_call() takes them away before the next function is called,
 * as DISCARD ALL would, except that what the daemon has prepared and what
 * PostgreSQL has planned stays.
 *
 * Owns, per backend: the state of a session that belongs to one daemon.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "commands/prepare.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/portal.h"

#if PG_VERSION_NUM >= 140000
#define UTILITY_PARAMETERS                                          \
	PlannedStmt *statement, const char *query, bool read_only_tree, \
		ProcessUtilityContext context, ParamListInfo parameters,    \
		QueryEnvironment *environment, DestReceiver *receiver,      \
		QueryCompletion *completion
#define UTILITY_ARGUMENTS                                               \
	statement, query, read_only_tree, context, parameters, environment, \
		receiver, completion
#else
#define UTILITY_PARAMETERS                                                    \
	PlannedStmt *statement, const char *query, ProcessUtilityContext context, \
		ParamListInfo parameters, QueryEnvironment *environment,              \
		DestReceiver *receiver, QueryCompletion *completion
#define UTILITY_ARGUMENTS \
	statement, query, context, parameters, environment, receiver, completion
#endif

/* Whether the session belongs to one daemon, by acu_internal.begin_session();
 * the users are those of that moment. */
static bool session_is_owned = false;
static Oid first_session_user;
static Oid first_user;

/* Whether a function has run PREPARE or LISTEN since the last reset. */
static bool has_prepared = false;
static bool has_listened = false;
static ProcessUtility_hook_type next_utility = NULL;

PG_FUNCTION_INFO_V1(acu_begin_session);
PG_FUNCTION_INFO_V1(acu_begin_call);

/*
 * Sets a default of this session, as an option in the connection's start-up
 * packet would: RESET returns to it.
 */
static void
set_default(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_CLIENT,
							 GUC_ACTION_SET, true, ERROR, false);
}

/* Sets a parameter until the end of the transaction. */
static void
set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, ERROR, false);
}

/*
 * Begins a call that may not write, or one that may.  Where PostgreSQL does not
 * refuse RESET transaction_read_only, which version 16 began to, that would
 * make a transaction read-write again; in a read-only call it must come back to
 * "on".
 */
static void
set_read_only(bool read_only)
{
#ifndef GUC_NO_RESET
	static bool comes_back = false;

	/* PostgreSQL refuses to make a read-only transaction read-write. */
	if (read_only != comes_back && (read_only || !XactReadOnly))
	{
		/* PGC_S_OVERRIDE, as the first value has it: a lesser source would
		 * change nothing. */
		(void) set_config_option(
			"transaction_read_only", read_only ? "on" : "off", PGC_USERSET,
			PGC_S_OVERRIDE, GUC_ACTION_SET, true, ERROR, false);
		comes_back = read_only;
	}
#endif
	if (read_only)
		XactReadOnly = true;
}

/* Drops the statements that functions have prepared; those that the daemon has
 * prepared by messages of the protocol stay. */
static void
drop_prepared(void)
{
	SPITupleTable *rows;
	uint64 count;

	SPI_connect();
	if (SPI_execute("SELECT name FROM pg_catalog.pg_prepared_statements"
					" WHERE from_sql",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the prepared statements");
	rows = SPI_tuptable;
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
		DropPreparedStatement(SPI_getvalue(rows->vals[i], rows->tupdesc, 1),
							  false);
	SPI_finish();
	has_prepared = false;
}

/*
 * ProcessUtility hook: notes PREPARE and LISTEN, whose effect cannot be looked
 * up cheaply, and lets DEALLOCATE ALL drop the statements of functions only.
 */
static void
notice_utility(UTILITY_PARAMETERS)
{
	Node *node = statement->utilityStmt;

	if (IsA(node, PrepareStmt))
		has_prepared = true;
	else if (IsA(node, ListenStmt))
		has_listened = true;
	else if (IsA(node, DeallocateStmt) &&
			 castNode(DeallocateStmt, node)->name == NULL)
	{
		drop_prepared();
		return;
	}
	if (next_utility != NULL)
		next_utility(UTILITY_ARGUMENTS);
	else
		standard_ProcessUtility(UTILITY_ARGUMENTS);
}

/*
 * Resets the session to the state before the first call.  An error where that
 * cannot be done inside a transaction, after which the daemon must use another
 * session.
 */
static void
reset_session(void)
{
	PortalHashTableDeleteAll(); /* all but the one that runs this */
	if (GetSessionUserId() != first_session_user ||
		GetOuterUserId() != first_user)
	{
		SetPGVariable("session_authorization", NIL, false);
		SetPGVariable("role", NIL, false);
	}
	ResetAllOptions();
	if (has_prepared)
		drop_prepared();
	LockReleaseSession(USER_LOCKMETHOD);
	ResetTempTableNamespace();
	ResetSequenceCaches();

	/* UNLISTEN would take effect at the end of the transaction only. */
	if (has_listened || GetSessionUserId() != first_session_user ||
		GetOuterUserId() != first_user || XactIsoLevel != DefaultXactIsoLevel ||
		XactDeferrable != DefaultXactDeferrable ||
		(XactReadOnly != DefaultXactReadOnly && !RecoveryInProgress()))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("an earlier call has changed this session for good"),
				 errhint("Call the function again, in another session.")));
}

/*
 * acu_internal.begin_session(backend, statement_timeout): makes this session
 * the daemon's own, with the settings that its calls need (timeout in
 * milliseconds), and returns true.  When backend is not the number of this
 * process, the client talks to a connection pooler: returns false and changes
 * nothing.
 */
Datum
acu_begin_session(PG_FUNCTION_ARGS)
{
	char timeout[16];

	if (PG_GETARG_INT32(0) != MyProcPid)
		PG_RETURN_BOOL(false);
	/* Otherwise a function could make its changes the state to return to. */
	if (session_is_owned)
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("this session has begun already"),
			 errhint("Call acu_internal.begin_session once in a session.")));
	snprintf(timeout, sizeof(timeout), "%d", PG_GETARG_INT32(1));
	set_default("statement_timeout", timeout);
	set_default("idle_in_transaction_session_timeout", timeout);
	set_default("client_min_messages", "error");
#if PG_VERSION_NUM >= 140000
	/* The daemon may be idle for long; a call whose client is gone ends. */
	set_default("idle_session_timeout", "0");
	set_default("client_connection_check_interval", "500");
#endif
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = notice_utility;
	session_is_owned = true;
	first_session_user = GetSessionUserId();
	first_user = GetOuterUserId();
	PG_RETURN_BOOL(true);
}

/*
 * acu_internal.begin_call(read_only, statement_timeout): comes before a
 * function in the same transaction.  In a session of the daemon's own it takes
 * away what earlier calls have left; in any other, where the session is not
 * ours to change, it sets what the call needs until the end of the transaction.
 * Nothing that comes after it in a read-only transaction can make that
 * read-write again: PostgreSQL refuses this once a query has run, and
 * set_read_only() sees to RESET.  Always false: SELECT ... WHERE then sends no
 * row.
 */
Datum
acu_begin_call(PG_FUNCTION_ARGS)
{
	if (session_is_owned)
		reset_session();
	else
	{
		char timeout[16];

		snprintf(timeout, sizeof(timeout), "%d", PG_GETARG_INT32(1));
		set_local("statement_timeout", timeout);
		set_local("client_min_messages", "error");
		set_local("client_encoding", "UTF8");
	}
	set_read_only(PG_GETARG_BOOL(0));
	PG_RETURN_BOOL(false);
}
