/*-------------------------------------------------------------------------
 *
 * query_cost.c
 *		acu_internal.bill, behind acu.query_cost: the bill of a range, by query.
 *
 * Samples and the rows of queries are both sorted by time and read side by
 * side.  The rows that end at the same moment are a window; all samples that
 * end within it belong to it.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/errors.h"
#include "backend/rows.h"
#include "backend/settings.h"
#include "backend/spi.h"
#include "capacity/arguments.h"
#include "capacity/load_history.h"
#include "capacity/prices.h"
#include "model/bill.h"
#include "model/cost.h"
#include "model/simulation.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_bill);

#define BATCH 10000
#define FIRST_ROOM 1024 /* of the arrays, which double */
#define ROUNDING_ACU_SECONDS 1e-6

/* How far the start of a window may differ from the end of a sample. */
#define WINDOW_TOLERANCE USECS_PER_SEC

typedef struct QueryKey
{
	int64 queryid;
	Oid userid;
	Oid dbid;
} QueryKey;

typedef struct BilledQuery
{
	QueryKey key;
	int part;
	int64 calls;
	double cpu_seconds;
} BilledQuery;

/* A sample's money, in USD. */
typedef struct Money
{
	double used;   /* the driver's */
	double queued; /* while work waited: CPU's, whatever the driver */
	double idle;   /* of capacity that nobody needed */
	Driver driver;
} Money;

typedef struct Bill
{
	const History *history;
	Money *money;				   /* of each sample */
	double background_vcpu;		   /* Aurora's own */
	double background_cpu_seconds; /* of all windows */
	int next; /* the first sample that is in no window yet */

	HTAB *queries;
	BilledQuery **by_part; /* from BILL_QUERIES on */
	double *parts;		   /* USD */
	int part_count;
	int part_room;

	TimestampTz at; /* of the window whose rows are being read */
	double seconds;
	BillEntry *entries;
	int entry_count;
	int entry_room;
} Bill;

/* Splits the capacity of a sample into what was used, while work waited or not,
 * and what was idle. */
static void
take_money(Money *money, const Totals *totals, double price)
{
	double used = totals->used_seconds;
	double queued = totals->queue_used_seconds;

	/* A rounding error is no driver's. */
	if (used - queued < ROUNDING_ACU_SECONDS)
		queued = used;
	money->used = acu_usd(used - queued, price);
	money->queued = acu_usd(queued, price);
	money->idle = acu_usd(fmax(0, totals->acu_seconds - used), price);
}

/* Simulates the range, and sets the money of each sample. */
static void
make_money(Bill *bill, const Model *model, const Range *range, double floor_acu,
		   double price)
{
	const History *history = bill->history;
	Simulation simulation;

	bill->money =
		palloc_extended(history->count * sizeof(Money), MCXT_ALLOC_HUGE);
	simulation_begin(&simulation, range, history->loads, history->count, model,
					 floor_acu);
	for (int i = 0; i < history->count; i++)
	{
		Totals totals;
		Demand demand;

		CHECK_FOR_INTERRUPTS();
		simulation_step(&simulation, &totals);
		demand_of(&demand, &history->loads[i], model, floor_acu);
		bill->money[i].driver = demand.driver;
		take_money(&bill->money[i], &totals, price);
	}
}

static void
init_parts(Bill *bill)
{
	HASHCTL control = { .keysize = sizeof(QueryKey),
						.entrysize = sizeof(BilledQuery),
						.hcxt = CurrentMemoryContext };

	bill->queries = hash_create("pg_acu billed queries", FIRST_ROOM, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	bill->part_count = BILL_QUERIES;
	bill->part_room = FIRST_ROOM;
	bill->parts = palloc0(bill->part_room * sizeof(double));
	bill->by_part = palloc0(bill->part_room * sizeof(BilledQuery *));
	bill->entry_room = FIRST_ROOM;
	bill->entries = palloc(bill->entry_room * sizeof(BillEntry));
}

/* Finds a query, or makes it and its part of the bill. */
static BilledQuery *
find_query(Bill *bill, const QueryKey *key)
{
	bool found;
	BilledQuery *query = hash_search(bill->queries, key, HASH_ENTER, &found);

	if (found)
		return query;
	query->part = bill->part_count++;
	query->calls = 0;
	query->cpu_seconds = 0;
	if (query->part == bill->part_room)
	{
		bill->part_room *= 2;
		bill->parts = repalloc(bill->parts, bill->part_room * sizeof(double));
		bill->by_part =
			repalloc(bill->by_part, bill->part_room * sizeof(BilledQuery *));
	}
	bill->parts[query->part] = 0;
	bill->by_part[query->part] = query;
	return query;
}

static void
add_entry(Bill *bill, int part, double cpu_seconds, double blks)
{
	if (bill->entry_count == bill->entry_room)
	{
		bill->entry_room *= 2;
		bill->entries =
			repalloc_huge(bill->entries, bill->entry_room * sizeof(BillEntry));
	}
	bill->entries[bill->entry_count++] =
		(BillEntry){ .part = part, .cpu_seconds = cpu_seconds, .blks = blks };
}

/* Splits the money of the samples that end up to a moment among the entries of
 * a window; without entries it is nobody's. */
static void
split_samples(Bill *bill, TimestampTz until, const BillEntry *entries,
			  int count)
{
	const History *history = bill->history;
	BillWindow window = { 0 };

	for (; bill->next < history->count && history->at[bill->next] <= until;
		 bill->next++)
	{
		const Load *load = &history->loads[bill->next];
		const Money *money = &bill->money[bill->next];
		double background = history->background_cpu[bill->next];

		window.usd[money->driver] += money->used;
		window.usd[DRIVER_CPU] += money->queued;
		window.idle_usd += money->idle;
		window.cpu_seconds +=
			(load->vcpu_used + bill->background_vcpu) * load->seconds;
		window.background_cpu_seconds +=
			((isnan(background) ? 0 : background) + bill->background_vcpu) *
			load->seconds;
	}
	bill->background_cpu_seconds += window.background_cpu_seconds;
	bill_window(&window, entries, count, bill->parts);
}

/* Splits the money of a window, if there is one, and before it that of the
 * samples without statements. */
static void
close_window(Bill *bill)
{
	if (bill->entry_count == 0)
		return;
	split_samples(bill,
				  bill->at - (TimestampTz) (bill->seconds * USECS_PER_SEC) -
					  WINDOW_TOLERANCE,
				  NULL, 0);
	split_samples(bill, bill->at, bill->entries, bill->entry_count);
	bill->entry_count = 0;
}

/* Adds a row of read_queries() to its window, which may be a new one. */
static void
add_row(Bill *bill, uint64 row)
{
	TimestampTz at = DatumGetTimestampTz(row_datum(row, 1));
	double cpu_seconds = row_float(row, 7) * acu_cpu_factor;
	BilledQuery *query;
	QueryKey key;

	if (at != bill->at)
	{
		close_window(bill);
		bill->at = at;
		bill->seconds = 0;
	}
	memset(&key, 0, sizeof(key)); /* padding is hashed as well */
	key.userid = DatumGetObjectId(row_datum(row, 3));
	key.dbid = DatumGetObjectId(row_datum(row, 4));
	key.queryid = DatumGetInt64(row_datum(row, 5));
	query = find_query(bill, &key);
	query->calls += DatumGetInt64(row_datum(row, 6));
	query->cpu_seconds += cpu_seconds;
	bill->seconds = fmax(bill->seconds, row_float(row, 2));
	add_entry(bill, query->part, cpu_seconds, row_float(row, 8));
}

static void
read_queries(Bill *bill)
{
	static const char query[] =
		"SELECT q.at, q.seconds, q.userid, q.dbid, q.queryid, q.calls,"
		" q.cpu_seconds, q.blks::float8 "
		"FROM acu.query_sample AS q "
		"WHERE q.target_id = acu_internal.target_id($1) AND q.at > $2 AND q.at <= $3"
		" AND q.hour >= $2 - interval '1 hour' AND q.hour < $3"
		" AND acu_internal.row_kind(q.userid, q.queryid, q.toplevel) IN ('query', 'others') "
		"ORDER BY q.at";
	const History *history = bill->history;
	Parameters parameters = { 0 };
	Portal portal;

	add_text(&parameters, history->target);
	add_time(&parameters, history->since);
	add_time(&parameters, history->until);
	portal = SPI_cursor_open_with_args(NULL, query, parameters.count,
									   parameters.types, parameters.values,
									   parameters.nulls, true, 0);
	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH);
		for (uint64 i = 0; i < SPI_processed; i++)
			add_row(bill, i);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	close_window(bill);
	split_samples(bill, DT_NOEND, NULL, 0);
}

/* Puts the columns from part to cpu_seconds. */
static void
put_part(RowBuilder *row, const Bill *bill, int part)
{
	const BilledQuery *query = bill->by_part[part];
	bool known = query != NULL && query->key.userid != InvalidOid;

	put_text(row, query ? "query" : bill_part_name(part));
	put(row, known, ObjectIdGetDatum(known ? query->key.userid : 0));
	put(row, known, ObjectIdGetDatum(known ? query->key.dbid : 0));
	put(row, known, Int64GetDatum(known ? query->key.queryid : 0));
	put(row, query != NULL, Int64GetDatum(query ? query->calls : 0));
	put_seconds(
		row,
		query ? query->cpu_seconds
			  : (part == BILL_BACKGROUND ? bill->background_cpu_seconds : NAN));
}

static void
put_bill(ReturnSetInfo *rsinfo, Bill *bill, double price)
{
	int64 *nano = palloc(bill->part_count * sizeof(int64));
	BillRemainder *remainders =
		palloc(bill->part_count * sizeof(BillRemainder));

	if (!bill_round(bill->parts, bill->part_count, nano, remainders))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the bill exceeds %g nano-dollars", MAX_NANO_USD),
				 errhint("Set since and until to a shorter span."),
				 hide_context()));
	for (int i = 0; i < bill->part_count; i++)
	{
		RowBuilder row = { 0 };

		if (i < BILL_QUERIES && bill->parts[i] <= 0)
			continue;
		put_part(&row, bill, i);
		put_rounded(&row, bill->parts[i] / (isnan(price) ? 1 : price), 6);
		put(&row, !isnan(price), Int64GetDatum(nano[i]));
		put_row(rsinfo, &row);
	}
}

/*
 * acu_bill(target, since, until, min_acu, max_acu, pause_after, region,
 *			background_vcpu, floor_acu)
 *
 * Money in nano-dollars, NULL without a price.
 */
Datum
acu_bill(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double background = background_argument(fcinfo, 7);
	double floor_acu = floor_argument(fcinfo, 8);
	double price;
	double optimized;
	History history;
	Range range;
	Model model;
	Bill bill = { 0 };

	range_arguments(fcinfo, 3, &range);
	read_acu_prices(region_argument(fcinfo, 6), &price, &optimized);
	history_read(&history, fcinfo, 2);
	model = history_model(&history, MODEL_LIKELY, background);
	bill.history = &history;
	bill.background_vcpu = model.background_vcpu;
	make_money(&bill, &model, &range, floor_acu, isnan(price) ? 1 : price);
	init_parts(&bill);
	SPI_connect();
	read_queries(&bill);
	SPI_finish();
	InitMaterializedSRF(fcinfo, 0);
	put_bill(rsinfo, &bill, price);
	return (Datum) 0;
}
