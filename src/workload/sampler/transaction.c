/*-------------------------------------------------------------------------
 *
 * transaction.c
 *		Transactions of the worker, and signals that end them.
 *
 * Owns the flag that a transaction is running, and the timer of the last one.
 *
 * SIGTERM in a transaction ends the worker at once, as it ends a session: the
 * transaction may wait for a lock, or run a trigger of a table's owner.  While
 * the worker is idle SIGTERM lets it write the rows of the minute, for a second
 * at most.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "workload/sampler/transaction.h"

#include "workload/sampler/worker_state.h"

#include "access/xact.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#define LAST_TRANSACTION_MS 1000

static volatile sig_atomic_t in_transaction = false;
static TimeoutId last_timeout = MAX_TIMEOUTS;

static void
handle_terminate(SIGNAL_ARGS)
{
	if (in_transaction)
		die(postgres_signal_arg);
	else
		SignalHandlerForShutdownRequest(postgres_signal_arg);
}

/* As SIGTERM in a transaction. */
static void
handle_timeout(void)
{
	die(SIGTERM);
}

void
transaction_set_up(void)
{
	pqsignal(SIGTERM, handle_terminate);
	last_timeout = RegisterTimeout(USER_TIMEOUT, handle_timeout);
}

/* Keeps the current error, logs it where that is due, and aborts. */
static void
abort_transaction(void)
{
	ErrorData *error;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(TopMemoryContext);
	error = CopyErrorData();
	if (worker_state_note_error(error))
		EmitErrorReport();
	FreeErrorData(error);
	AbortCurrentTransaction();
	FlushErrorState();
	RESUME_INTERRUPTS();
}

/* Runs body in a transaction, which signals can end; returns whether it has
 * committed. */
static bool
run_interruptible(void (*body)(void *arg), void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool done = true;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PG_TRY();
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		body(arg);
		PopActiveSnapshot();
		CommitTransactionCommand();
	}
	PG_CATCH();
	{
		abort_transaction();
		done = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return done;
}

bool
run_transaction(void (*body)(void *arg), void *arg)
{
	bool done;

	in_transaction = true;
	/* SIGTERM before in_transaction was set has only requested a shutdown. */
	done = !ShutdownRequestPending && run_interruptible(body, arg);
	in_transaction = false;
	return done;
}

bool
run_last_transaction(void (*body)(void *arg), void *arg)
{
	bool done;

	in_transaction = true;
	enable_timeout_after(last_timeout, LAST_TRANSACTION_MS);
	done = run_interruptible(body, arg);
	disable_timeout(last_timeout, false);
	in_transaction = false;
	return done;
}
