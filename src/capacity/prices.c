/*-------------------------------------------------------------------------
 *
 * prices.c
 *		The prices and instance classes of a region, and the other arguments
 *		of a question.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capacity/candidates.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include <math.h>

#define THROTTLED_SHARE 0.001
#define BACKLOG_SECONDS 60
#define MOST_SECONDS 1e9
#define MOST_STORAGE 1e9

static void read_storage_prices(Candidates *candidates);
static void
take_storage_price(Candidates *candidates, HeapTuple tuple, TupleDesc desc);
static void read_instances(Candidates *candidates, MemoryContext context);
static void take_instance(Candidate *candidate, HeapTuple tuple, TupleDesc desc,
						  MemoryContext context);
static Kind kind_of(const char *platform);

void
question_arguments(Question *question, FunctionCallInfo fcinfo, int n)
{
	question->region = region_argument(fcinfo, n);
	question->limits.throttled_share = float_argument_within(
		fcinfo, n + 1, "max_throttled_share", 0, 1, THROTTLED_SHARE);
	question->limits.backlog_seconds = float_argument_within(
		fcinfo, n + 2, "max_backlog_seconds", 0, MOST_SECONDS, BACKLOG_SECONDS);
	question->storage.gib =
		float_argument_within(fcinfo, n + 3, "storage_gib", 0, MOST_STORAGE, 0);
	question->storage.million_requests = float_argument_within(
		fcinfo, n + 4, "million_requests", 0, MOST_STORAGE, 0);
	question->background_vcpu =
		float_argument_within(fcinfo, n + 5, "background_vcpu", 0, 1000, NAN);
	question->floor_acu =
		float_argument_within(fcinfo, n + 6, "floor_acu", 0, MAX_ACU, 0);
	question->pause_after = pause_argument(fcinfo, n + 7);
}

void
candidates_init(Candidates *candidates, const History *history,
				const Question *question)
{
	MemoryContext context = CurrentMemoryContext;

	memset(candidates, 0, sizeof(*candidates));
	candidates->history = history;
	candidates->question = question;
	for (int i = 0; i < 3; i++)
		candidates->models[i] =
			history_model(history, i, question->background_vcpu);
	acu_prices(question->region, &candidates->acu_price,
			   &candidates->acu_price_optimized);
	SPI_connect();
	read_storage_prices(candidates);
	read_instances(candidates, context);
	SPI_finish();
}

static void
read_storage_prices(Candidates *candidates)
{
	static const char query[] =
		"SELECT p.item, p.usd::float8, p.usd_io_optimized::float8,"
		" p.platform = 'rds' "
		"FROM acu.current_price AS p "
		"WHERE p.item IN ('storage', 'io') AND p.deployment = 'single_az' "
		"AND p.pricing = 'on_demand' AND p.region = $1";
	Oid type = TEXTOID;
	Datum region = CStringGetTextDatum(candidates->question->region);

	candidates->storage_standard = candidates->storage_optimized =
		(StoragePrice){ NAN, NAN };
	candidates->storage_rds = (StoragePrice){ NAN, 0 };
	SPI_execute_with_args(query, 1, &type, &region, NULL, true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
		take_storage_price(candidates, SPI_tuptable->vals[i],
						   SPI_tuptable->tupdesc);
}

static void
take_storage_price(Candidates *candidates, HeapTuple tuple, TupleDesc desc)
{
	double standard = spi_number(tuple, desc, 2);
	double optimized = spi_number(tuple, desc, 3);
	bool isnull;

	if (DatumGetBool(SPI_getbinval(tuple, desc, 4, &isnull)))
		candidates->storage_rds.per_gib_month = standard;
	else if (strcmp(SPI_getvalue(tuple, desc, 1), "storage") == 0)
	{
		candidates->storage_standard.per_gib_month = standard;
		candidates->storage_optimized.per_gib_month = optimized;
	}
	else
	{
		candidates->storage_standard.per_million_requests = standard;
		candidates->storage_optimized.per_million_requests = optimized;
	}
}

/* Classes without a price are shown as well, and those without a size, so that
 * nobody thinks that they had been weighed. */
static void
read_instances(Candidates *candidates, MemoryContext context)
{
	static const char query[] =
		"SELECT coalesce(c.instance_class, p.item), c.vcpu, c.memory_gib,"
		" p.platform, p.deployment, p.usd::float8, p.usd_io_optimized::float8,"
		" r.usd::float8 "
		"FROM acu.current_instance_class AS c "
		"FULL JOIN (SELECT * FROM acu.current_price"
		" WHERE region = $1 AND pricing = 'on_demand' AND item LIKE 'db.%.%'"
		") AS p ON p.item = c.instance_class "
		"LEFT JOIN acu.current_price AS r ON r.item = p.item"
		" AND r.region = p.region AND r.platform = p.platform"
		" AND r.deployment = p.deployment AND r.pricing = 'reserved_1y'";
	Oid type = TEXTOID;
	Datum region = CStringGetTextDatum(candidates->question->region);

	SPI_execute_with_args(query, 1, &type, &region, NULL, true, 0);
	candidates->count = SPI_processed;
	candidates->room = candidates->count + 256;
	candidates->list =
		MemoryContextAllocZero(context, candidates->room * sizeof(Candidate));
	for (int i = 0; i < candidates->count; i++)
		take_instance(&candidates->list[i], SPI_tuptable->vals[i],
					  SPI_tuptable->tupdesc, context);
}

static void
take_instance(Candidate *candidate, HeapTuple tuple, TupleDesc desc,
			  MemoryContext context)
{
	const char *platform = SPI_getvalue(tuple, desc, 4);
	const char *deployment = SPI_getvalue(tuple, desc, 5);

	candidate->instance_class =
		MemoryContextStrdup(context, SPI_getvalue(tuple, desc, 1));
	candidate->vcpu = spi_number(tuple, desc, 2);
	candidate->memory_gib = spi_number(tuple, desc, 3);
	candidate->kind = kind_of(platform);
	candidate->deployment =
		deployment ? MemoryContextStrdup(context, deployment) : NULL;
	candidate->usd_per_hour = spi_number(tuple, desc, 6);
	candidate->usd_per_hour_optimized = spi_number(tuple, desc, 7);
	candidate->usd_per_hour_reserved = spi_number(tuple, desc, 8);
	candidate->min_acu = candidate->max_acu = NAN;
	candidate->burstable = strncmp(candidate->instance_class, "db.t", 4) == 0;
}

static Kind
kind_of(const char *platform)
{
	if (platform == NULL)
		return KIND_UNPRICED;
	return strcmp(platform, "aurora") == 0 ? KIND_AURORA : KIND_RDS;
}

const char *
kind_name(Kind kind)
{
	static const char *const names[] = { "serverless", "aurora", "rds",
										 "instance" };

	return names[kind];
}

char *
candidate_name(const Candidate *candidate)
{
	if (candidate->min_acu == candidate->max_acu)
		return psprintf("serverless %g ACU", candidate->min_acu);
	if (candidate->kind == KIND_SERVERLESS)
		return psprintf("serverless %g to %g ACU", candidate->min_acu,
						candidate->max_acu);
	if (candidate->deployment == NULL ||
		strcmp(candidate->deployment, "single_az") == 0)
		return psprintf("%s %s", kind_name(candidate->kind),
						candidate->instance_class);
	return psprintf("%s %s %s", kind_name(candidate->kind),
					candidate->instance_class, candidate->deployment);
}
