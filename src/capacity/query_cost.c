/*-------------------------------------------------------------------------
 *
 * query_cost.c
 *		acu_internal.bill, behind acu.query_cost: the bill of a range, by query.
 *
 * Samples and the rows of queries are both sorted by time, and read side by
 * side: the rows that end at the same moment are a window, to which all samples
 * belong that ended in it.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "model/bill.h"
#include "model/cost.h"
#include "capacity/functions.h"
#include "backend/rows.h"
#include "backend/settings.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_bill);

#define BATCH 10000
#define ROUNDING 1e-6 /* ACU-seconds */
#define TOLERANCE USECS_PER_SEC

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

/* A sample's money, in usd. */
typedef struct Money
{
	double used;   /* the driver's */
	double queued; /* CPU's, whatever the driver: by work that waited */
	double idle;   /* of capacity that nobody needed */
	Driver driver;
} Money;

typedef struct Bill
{
	const History *history;
	Money *money;
	double background_vcpu; /* Aurora's own */
	double background_cpu_seconds;
	int next; /* the first sample that is in no window yet */

	HTAB *queries;
	BilledQuery **by_part; /* from BILL_QUERIES on */
	double *parts;		   /* usd */
	int part_count;
	int part_room;

	TimestampTz at; /* of the window whose rows are being read */
	double seconds;
	BillEntry *entries;
	int entry_count;
	int entry_room;
	MemoryContext context;
} Bill;

static void make_money(Bill *bill, const Model *model, const Range *range,
					   double floor_acu, double price);
static void
take_money(Money *money, const Totals *before, const Totals *now, double price);
static void init_parts(Bill *bill);
static void read_queries(Bill *bill);
static void add_row(Bill *bill, HeapTuple tuple, TupleDesc desc);
static BilledQuery *find_query(Bill *bill, const QueryKey *key);
static void add_entry(Bill *bill, int part, double cpu_seconds, double blks);
static void close_window(Bill *bill);
static void split_samples(Bill *bill, TimestampTz until,
						  const BillEntry *entries, int count);
static void put_bill(ReturnSetInfo *rsinfo, Bill *bill, double price);
static void put_part(RowBuilder *row, const Bill *bill, int part);

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
	double background =
		float_argument_within(fcinfo, 7, "background_vcpu", 0, 1000, NAN);
	double floor = float_argument_within(fcinfo, 8, "floor_acu", 0, MAX_ACU, 0);
	double price;
	double optimized;
	History history;
	Range range;
	Model model;
	Bill bill = { 0 };

	range_arguments(fcinfo, 3, &range);
	acu_prices(region_argument(fcinfo, 6), &price, &optimized);
	history_read(&history, fcinfo, 2);
	model = history_model(&history, MODEL_LIKELY, background);
	bill.history = &history;
	bill.background_vcpu = model.background_vcpu;
	bill.context = CurrentMemoryContext;
	make_money(&bill, &model, &range, floor, isnan(price) ? 1 : price);
	init_parts(&bill);
	SPI_connect();
	read_queries(&bill);
	SPI_finish();
	InitMaterializedSRF(fcinfo, 0);
	put_bill(rsinfo, &bill, price);
	return (Datum) 0;
}

static void
make_money(Bill *bill, const Model *model, const Range *range, double floor_acu,
		   double price)
{
	const History *history = bill->history;
	Totals before = { 0 };
	Scaler scaler;
	TargetCurve curve;
	Segment segment;
	int more;

	bill->money =
		palloc_extended(history->count * sizeof(Money), MCXT_ALLOC_HUGE);
	scaler_init(&scaler, model, range->min_acu, range->max_acu,
				range->pause_after);
	curve_begin(&curve, history->loads, history->count, model, floor_acu);
	more = curve_next(&curve, &segment, 1);
	for (int i = 0; i < history->count; i++)
	{
		Demand demand;

		CHECK_FOR_INTERRUPTS();
		for (; more && segment.interval == i;
			 more = curve_next(&curve, &segment, 1))
			scaler_run(&scaler, &segment, 1);
		demand_of(&demand, &history->loads[i], model, floor_acu);
		bill->money[i].driver = demand.driver;
		take_money(&bill->money[i], &before, &scaler.totals, price);
		before = scaler.totals;
	}
}

static void
take_money(Money *money, const Totals *before, const Totals *now, double price)
{
	double used = now->used_seconds - before->used_seconds;
	double queued = now->queue_used_seconds - before->queue_used_seconds;
	double bought = now->acu_seconds - before->acu_seconds;

	/* What rounding leaves is no driver's. */
	if (used - queued < ROUNDING)
		queued = used;
	money->used = acu_usd(used - queued, price);
	money->queued = acu_usd(queued, price);
	money->idle = acu_usd(fmax(0, bought - used), price);
}

static void
init_parts(Bill *bill)
{
	HASHCTL control = { .keysize = sizeof(QueryKey),
						.entrysize = sizeof(BilledQuery),
						.hcxt = CurrentMemoryContext };

	bill->queries = hash_create("pg_acu billed queries", 1024, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	bill->part_count = BILL_QUERIES;
	bill->part_room = 1024;
	bill->parts = palloc0(bill->part_room * sizeof(double));
	bill->by_part = palloc0(bill->part_room * sizeof(BilledQuery *));
	bill->entry_room = 1024;
	bill->entries = palloc(bill->entry_room * sizeof(BillEntry));
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
		" AND acu_internal.part(q.userid, q.queryid, q.toplevel) IN ('query', 'others') "
		"ORDER BY q.at";
	Oid types[] = { TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID };
	const History *history = bill->history;
	Datum values[] = { CStringGetTextDatum(history->target),
					   TimestampTzGetDatum(history->since),
					   TimestampTzGetDatum(history->until) };
	Portal portal =
		SPI_cursor_open_with_args(NULL, query, 3, types, values, NULL, true, 0);

	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH);
		for (uint64 i = 0; i < SPI_processed; i++)
			add_row(bill, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	close_window(bill);
	split_samples(bill, DT_NOEND, NULL, 0);
}

static void
add_row(Bill *bill, HeapTuple tuple, TupleDesc desc)
{
	bool isnull;
	TimestampTz at =
		DatumGetTimestampTz(SPI_getbinval(tuple, desc, 1, &isnull));
	double cpu_seconds = spi_number(tuple, desc, 7) * acu_cpu_factor;
	BilledQuery *query;
	QueryKey key;

	if (at != bill->at)
	{
		close_window(bill);
		bill->at = at;
		bill->seconds = 0;
	}
	memset(&key, 0, sizeof(key));
	key.userid = DatumGetObjectId(SPI_getbinval(tuple, desc, 3, &isnull));
	key.dbid = DatumGetObjectId(SPI_getbinval(tuple, desc, 4, &isnull));
	key.queryid = DatumGetInt64(SPI_getbinval(tuple, desc, 5, &isnull));
	query = find_query(bill, &key);
	query->calls += DatumGetInt64(SPI_getbinval(tuple, desc, 6, &isnull));
	query->cpu_seconds += cpu_seconds;
	bill->seconds = fmax(bill->seconds, spi_number(tuple, desc, 2));
	add_entry(bill, query->part, cpu_seconds, spi_number(tuple, desc, 8));
}

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

/* The samples before the window had no statements. */
static void
close_window(Bill *bill)
{
	if (bill->entry_count == 0)
		return;
	split_samples(bill,
				  bill->at - (TimestampTz) (bill->seconds * USECS_PER_SEC) -
					  TOLERANCE,
				  NULL, 0);
	split_samples(bill, bill->at, bill->entries, bill->entry_count);
	bill->entry_count = 0;
}

/* Splits the money of the samples up to a moment. */
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

static void
put_bill(ReturnSetInfo *rsinfo, Bill *bill, double price)
{
	int64 *nano = palloc(bill->part_count * sizeof(int64));
	BillRemainder *remainders =
		palloc(bill->part_count * sizeof(BillRemainder));

	if (!bill_round(bill->parts, bill->part_count, nano, remainders))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the bill is too large")));
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
