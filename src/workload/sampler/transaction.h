/*-------------------------------------------------------------------------
 *
 * transaction.h
 *		Transactions of the worker, and signals that end them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_TRANSACTION_H
#define PG_ACU_TRANSACTION_H

/* Before the first transaction: handles SIGTERM from now on. */
extern void transaction_set_up(void);

/*
 * Runs the body in a transaction of its own, and returns whether it has
 * committed.  An error ends the transaction, is kept for acu.status() and is
 * logged, once a minute at most.  Nothing is run once the worker is to end.
 */
extern bool run_transaction(void (*body)(void *arg), void *arg);

/* The same for the last transaction of a worker that is to end: it is given a
 * second. */
extern bool run_last_transaction(void (*body)(void *arg), void *arg);

#endif
