/*-------------------------------------------------------------------------
 *
 * functions.c
 *		The model in SQL: acu.demand, acu.simulate, acu.constants; and what
 *		these and the other functions of the model share.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "model/cost.h"
#include "capacity/functions.h"
#include "backend/errors.h"
#include "backend/rows.h"
#include "backend/settings.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_demand);
PG_FUNCTION_INFO_V1(acu_simulate);
PG_FUNCTION_INFO_V1(acu_constants);
PG_FUNCTION_INFO_V1(acu_buffers_of_memory);

#define INTERRUPTS_EVERY 1024
#define BLOCK 1024
#define PAUSE_AFTER 300
#define MOST_PAUSE_AFTER 86400

static void check_range(const Range *range);
static double interval_seconds(const Interval *interval);
static void put_start(RowBuilder *row, TimestampTz end, double seconds);
static Datum
call_with_text(const char *query, const char *value, bool *isnull, int column);

/*
 * acu_demand(target, since, until, background_vcpu, floor_acu)
 *
 * What each sample needs, by its own CPU: the mean that the scaler follows is
 * not in it.
 */
Datum
acu_demand(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double background =
		float_argument_within(fcinfo, 3, "background_vcpu", 0, 1000, NAN);
	double floor = float_argument_within(fcinfo, 4, "floor_acu", 0, MAX_ACU, 0);
	History history;
	Model model;

	history_read(&history, fcinfo, 1);
	model = history_model(&history, MODEL_LIKELY, background);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < history.count; i++)
	{
		RowBuilder row = { 0 };
		Demand demand;

		demand_of(&demand, &history.loads[i], &model, floor);
		put_start(&row, history.at[i], history.loads[i].seconds);
		put_number(&row, history.loads[i].seconds);
		put_acu(&row, demand.cpu);
		put_acu(&row, demand.memory);
		put_acu(&row, demand.connections);
		put_number(&row, demand.need);
		put_number(&row, Min(demand.target, MAX_ACU));
		put_text(&row, driver_name(demand.driver));
		put_row(rsinfo, &row);
		if (i % INTERRUPTS_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/*
 * acu_simulate(target, since, until, min_acu, max_acu, pause_after, region,
 *				background_vcpu, floor_acu)
 *
 * How capacity would follow each sample.
 */
Datum
acu_simulate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double background =
		float_argument_within(fcinfo, 7, "background_vcpu", 0, 1000, NAN);
	double floor = float_argument_within(fcinfo, 8, "floor_acu", 0, MAX_ACU, 0);
	double price;
	double optimized;
	Range range;
	History history;
	Model model;
	Scaler scaler;
	TargetCurve curve;
	Segment segment;
	Totals before = { 0 };
	double nano_usd_before = 0;
	int more;

	range_arguments(fcinfo, 3, &range);
	acu_prices(region_argument(fcinfo, 6), &price, &optimized);
	history_read(&history, fcinfo, 2);
	model = history_model(&history, MODEL_LIKELY, background);
	scaler_init(&scaler, &model, range.min_acu, range.max_acu,
				range.pause_after);
	curve_begin(&curve, history.loads, history.count, &model, floor);
	InitMaterializedSRF(fcinfo, 0);
	more = curve_next(&curve, &segment, 1);
	for (int i = 0; i < history.count; i++)
	{
		RowBuilder row = { 0 };
		Totals *now = &scaler.totals;
		double seconds = history.loads[i].seconds;
		double acu_seconds;
		double nano_usd;
		Demand demand;

		for (; more && segment.interval == i;
			 more = curve_next(&curve, &segment, 1))
			scaler_run(&scaler, &segment, 1);
		demand_of(&demand, &history.loads[i], &model, floor);
		acu_seconds = now->acu_seconds - before.acu_seconds;
		/* Rounded as a sum, so that the rows equal the bill. */
		nano_usd = rint(acu_usd(now->acu_seconds, price) * 1e9);
		put_start(&row, history.at[i], history.loads[i].seconds);
		put_number(&row, seconds);
		put_number(&row, demand.need);
		put_acu(&row, acu_seconds / seconds);
		put_seconds(&row, now->throttled_seconds - before.throttled_seconds);
		put_seconds(&row, now->backlog_seconds - before.backlog_seconds);
		put_usd(&row, (nano_usd - nano_usd_before) / 1e9, USD_OF_INTERVAL);
		put_row(rsinfo, &row);
		before = *now;
		nano_usd_before = nano_usd;
		if (i % INTERRUPTS_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/*
 * acu_constants()
 *
 * The constants of the model: name, unit, low, likely, high, source.
 */
Datum
acu_constants(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < model_constant_count; i++)
	{
		const Constant *constant = &model_constants[i];
		RowBuilder row = { 0 };

		put_text(&row, constant->name);
		put_text(&row, constant->unit);
		for (int j = 0; j < 3; j++)
			put_number(&row, constant->values[j]);
		put_text(&row, constant->source);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

/* acu_buffers_of_memory(bytes): strict; NULL for what no Aurora has. */
Datum
acu_buffers_of_memory(PG_FUNCTION_ARGS)
{
	double acu = PG_GETARG_FLOAT8(0) / (2 * GIB);

	if (!(acu >= 0 && acu <= MAX_ACU))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(acu_shared_buffers(acu));
}

/* Reports name an interval by its start; a sample is stored with its end. */
static void
put_start(RowBuilder *row, TimestampTz end, double seconds)
{
	put(row, true,
		TimestampTzGetDatum(end - (TimestampTz) rint(seconds * USECS_PER_SEC)));
}

double
spi_number(HeapTuple tuple, TupleDesc desc, int column)
{
	bool isnull;
	Datum value = SPI_getbinval(tuple, desc, column, &isnull);

	return isnull ? NAN : DatumGetFloat8(value);
}

double
float_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NAN : PG_GETARG_FLOAT8(n);
}

double
float_argument_within(FunctionCallInfo fcinfo, int n, const char *name,
					  double least, double most, double fallback)
{
	double value = float_argument(fcinfo, n);

	if (PG_ARGISNULL(n))
		return fallback;
	if (!(value >= least && value <= most))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be from %g to %g, not %g", name, least, most,
						value),
				 errhint("Give a number within this range."), hide_context()));
	return value;
}

void
range_arguments(FunctionCallInfo fcinfo, int n, Range *range)
{
	if (PG_ARGISNULL(n) || PG_ARGISNULL(n + 1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("min_acu and max_acu must not be NULL"),
						errhint("Leave an argument out to get what is usual."),
						hide_context()));
	range->min_acu = PG_GETARG_FLOAT8(n);
	range->max_acu = PG_GETARG_FLOAT8(n + 1);
	range->pause_after = pause_argument(fcinfo, n + 2);
	check_range(range);
}

double
pause_argument(FunctionCallInfo fcinfo, int n)
{
	double seconds = PG_ARGISNULL(n)
						 ? PAUSE_AFTER
						 : interval_seconds(PG_GETARG_INTERVAL_P(n));

	if (!(seconds >= 1 && seconds <= MOST_PAUSE_AFTER))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(
				 "pause_after must be from 1 second to 1 day, not %g seconds",
				 seconds),
			 errhint("Aurora takes 300 to 86400 seconds."), hide_context()));
	return seconds;
}

static void
check_range(const Range *range)
{
	double min_acu = range->min_acu;
	double max_acu = range->max_acu;

	if (!(min_acu >= 0 && min_acu <= MAX_ACU && max_acu >= 0 &&
		  max_acu <= MAX_ACU) ||
		min_acu != round_up_acu(min_acu) || max_acu != round_up_acu(max_acu))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%g to %g ACU is no range of capacity", min_acu, max_acu),
			 errhint("Use multiples of 0.5, the minimum from 0 and the "
					 "maximum up to %g.",
					 MAX_ACU),
			 hide_context()));
	if (max_acu < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a maximum of %g ACU is too little", max_acu),
						errhint("Aurora takes 1 or more."), hide_context()));
	if (min_acu > max_acu)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the minimum of %g ACU is above the maximum of %g ACU",
						min_acu, max_acu),
				 errhint("Swap min_acu and max_acu."), hide_context()));
}

static double
interval_seconds(const Interval *interval)
{
	return (interval->time + interval->day * (double) USECS_PER_DAY +
			interval->month * 30 * (double) USECS_PER_DAY) /
		   USECS_PER_SEC;
}

char *
region_argument(FunctionCallInfo fcinfo, int n)
{
	char *region =
		PG_ARGISNULL(n) ? acu_region : text_to_cstring(PG_GETARG_TEXT_PP(n));
	bool isnull;

	(void) call_with_text("SELECT acu_internal.check_region($1) IS NULL",
						  region, &isnull, 1);
	return region;
}

void
acu_prices(const char *region, double *standard, double *optimized)
{
	static const char query[] =
		"SELECT max(p.usd)::float8, max(p.usd_io_optimized)::float8 "
		"FROM acu.current_price AS p "
		"WHERE p.item = 'db.serverless' AND p.platform = 'aurora' "
		"AND p.pricing = 'on_demand' AND p.region = $1";
	bool isnull;
	Datum value = call_with_text(query, region, &isnull, 1);

	*standard = isnull ? NAN : DatumGetFloat8(value);
	value = call_with_text(query, region, &isnull, 2);
	*optimized = isnull ? NAN : DatumGetFloat8(value);
}

/* A column, passed by value, of the one row of a query. */
static Datum
call_with_text(const char *query, const char *value, bool *isnull, int column)
{
	Oid type = TEXTOID;
	Datum argument = CStringGetTextDatum(value);
	Datum found;

	SPI_connect();
	if (SPI_execute_with_args(query, 1, &type, &argument, NULL, true, 1) !=
			SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not run: %s", query);
	found = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
						  isnull);
	SPI_finish();
	return found;
}

Model
history_model(const History *history, Likelihood likelihood, double background)
{
	Model model = model_make(likelihood);

	if (history->managed)
		model.background_vcpu = 0;
	if (!isnan(background))
		model.background_vcpu = background;
	return model;
}

void
scale_loads(const Load *loads, int count, const Model *model, double floor_acu,
			Scaler *scalers, int scaler_count)
{
	Segment *segments = palloc(BLOCK * sizeof(Segment));
	TargetCurve curve;
	int made;

	curve_begin(&curve, loads, count, model, floor_acu);
	while ((made = curve_next(&curve, segments, BLOCK)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < scaler_count; i++)
			scaler_run(&scalers[i], segments, made);
	}
	pfree(segments);
}

double *
make_needs(const Load *loads, int count, const Model *model, double floor_acu)
{
	double *needs = palloc_extended(count * sizeof(double), MCXT_ALLOC_HUGE);

	for (int i = 0; i < count; i++)
	{
		Demand demand;

		demand_of(&demand, &loads[i], model, floor_acu);
		needs[i] = demand.need;
	}
	return needs;
}

void
describe_model(StringInfo text, const Model *model)
{
	appendStringInfo(
		text,
		"%g ACU per vCPU, %g vCPU of Aurora's own background, %g times what is needed aimed at",
		model->acu_per_vcpu, model->background_vcpu, model->headroom);
	if (acu_cpu_factor != 1)
		appendStringInfo(text, ", pg_acu.cpu_factor %g", acu_cpu_factor);
}
