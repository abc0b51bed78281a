/*-------------------------------------------------------------------------
 *
 * simulate.c
 *		acu.demand, acu.simulate, acu.outcome and acu.constants: the model by
 *		itself, in SQL.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/compat.h"
#include "backend/errors.h"
#include "backend/rows.h"
#include "capacity/arguments.h"
#include "capacity/load_history.h"
#include "capacity/prices.h"
#include "model/cost.h"
#include "model/instance.h"
#include "model/simulation.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include <math.h>

PG_FUNCTION_INFO_V1(acu_demand);
PG_FUNCTION_INFO_V1(acu_simulate);
PG_FUNCTION_INFO_V1(acu_outcome);
PG_FUNCTION_INFO_V1(acu_constants);
PG_FUNCTION_INFO_V1(acu_buffers_of_memory);

/* Intervals between two checks for interrupts. */
#define INTERRUPTS_EVERY 1024

/* Puts the start of an interval, by which reports name it; a sample is stored
 * with its end. */
static void
put_start(RowBuilder *row, TimestampTz end, double seconds)
{
	put(row, true,
		TimestampTzGetDatum(end - (TimestampTz) rint(seconds * USECS_PER_SEC)));
}

/*
 * acu_demand(target, since, until, background_vcpu, floor_acu)
 *
 * The need and the target of each sample by its own CPU: the scaler's target
 * follows a mean instead.
 */
Datum
acu_demand(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double background = background_argument(fcinfo, 3);
	double floor_acu = floor_argument(fcinfo, 4);
	History history;
	Model model;

	history_read(&history, fcinfo, 1);
	model = history_model(&history, MODEL_LIKELY, background);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < history.count; i++)
	{
		const Load *load = &history.loads[i];
		RowBuilder row = { 0 };
		Demand demand;

		demand_of(&demand, load, &model, floor_acu);
		put_start(&row, history.at[i], load->seconds);
		put_number(&row, load->seconds);
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
 * The capacity that follows each sample.
 */
Datum
acu_simulate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double background = background_argument(fcinfo, 7);
	double floor_acu = floor_argument(fcinfo, 8);
	double price;
	double optimized;
	double nano_usd_before = 0;
	Range range;
	History history;
	Model model;
	Simulation simulation;

	range_arguments(fcinfo, 3, &range);
	read_acu_prices(region_argument(fcinfo, 6), &price, &optimized);
	history_read(&history, fcinfo, 2);
	model = history_model(&history, MODEL_LIKELY, background);
	simulation_begin(&simulation, &range, history.loads, history.count, &model,
					 floor_acu);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < history.count; i++)
	{
		const Load *load = &history.loads[i];
		RowBuilder row = { 0 };
		Demand demand;
		Totals totals;
		double nano_usd;

		simulation_step(&simulation, &totals);
		demand_of(&demand, load, &model, floor_acu);
		/* Rounded as a running sum, so that the rows add up to the bill. */
		nano_usd =
			rint(acu_usd(simulation.scaler.totals.acu_seconds, price) * 1e9);
		put_start(&row, history.at[i], load->seconds);
		put_number(&row, load->seconds);
		put_number(&row, demand.need);
		put_acu(&row, totals.acu_seconds / load->seconds);
		put_seconds(&row, totals.throttled_seconds);
		put_seconds(&row, totals.backlog_seconds);
		put_usd(&row, (nano_usd - nano_usd_before) / 1e9, USD_OF_INTERVAL);
		put_row(rsinfo, &row);
		nano_usd_before = nano_usd;
		if (i % INTERRUPTS_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* Sets the totals of a range, and its longest backlog in seconds. */
static void
run_range(const History *history, const Range *range, const Model *model,
		  double floor_acu, Totals *totals, double *longest_backlog)
{
	Simulation simulation;

	simulation_begin(&simulation, range, history->loads, history->count, model,
					 floor_acu);
	for (int i = 0; i < history->count; i++)
	{
		Totals interval;

		simulation_step(&simulation, &interval);
		if (i % INTERRUPTS_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	}
	*totals = simulation.scaler.totals;
	*longest_backlog = simulation.scaler.longest_backlog_seconds;
}

/* The same for an instance. */
static void
run_instance(const History *history, double vcpu, double memory_gib,
			 const Model *model, double floor_acu, Totals *totals,
			 double *longest_backlog)
{
	Instance instance;

	instance_init(&instance, vcpu, memory_gib, model);
	for (int i = 0; i < history->count; i++)
	{
		Demand demand;

		demand_of(&demand, &history->loads[i], model, floor_acu);
		instance_run(&instance, &history->loads[i], &demand.need, 1,
					 model->background_vcpu);
		if (i % INTERRUPTS_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
	}
	*totals = instance.totals;
	*longest_backlog = instance.longest_backlog_seconds;
}

static void
put_totals(RowBuilder *row, const Totals *totals, double longest_backlog)
{
	put_seconds(row, totals->known_seconds);
	put_acu(row, totals->acu_seconds / totals->known_seconds);
	put_acu(row, totals->used_seconds / totals->known_seconds);
	put_share(row, compute_delta(totals));
	put_rounded(row, delta_score(totals), 2);
	put_seconds(row, totals->throttled_seconds);
	put_seconds(row, longest_backlog);
	put_seconds(row, totals->paused_seconds);
}

/*
 * acu_outcome(target, since, until, min_acu, max_acu, pause_after, vcpu,
 *			   memory_gib, background_vcpu, floor_acu)
 *
 * One row about a range, or an instance when vcpu and memory_gib are given.
 */
Datum
acu_outcome(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double vcpu = float_argument_within(fcinfo, 6, "vcpu", 0.1, 10000, NAN);
	double memory_gib =
		float_argument_within(fcinfo, 7, "memory_gib", 0.1, 1e6, NAN);
	double background = background_argument(fcinfo, 8);
	double floor_acu = floor_argument(fcinfo, 9);
	RowBuilder row = { 0 };
	double longest_backlog;
	Totals totals;
	History history;
	Model model;
	Range range;

	if (isnan(vcpu) != isnan(memory_gib))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("vcpu and memory_gib must be set together"),
				 errhint("Set both vcpu and memory_gib for an instance, or "
						 "neither for a range."),
				 hide_context()));
	if (isnan(vcpu))
		range_arguments(fcinfo, 3, &range);
	history_read(&history, fcinfo, 2);
	model = history_model(&history, MODEL_LIKELY, background);
	if (isnan(vcpu))
		run_range(&history, &range, &model, floor_acu, &totals,
				  &longest_backlog);
	else
		run_instance(&history, vcpu, memory_gib, &model, floor_acu, &totals,
					 &longest_backlog);
	InitMaterializedSRF(fcinfo, 0);
	put_totals(&row, &totals, longest_backlog);
	put_row(rsinfo, &row);
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
		for (int j = 0; j < MODELS; j++)
			put_number(&row, constant->values[j]);
		put_text(&row, constant->source);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

/* acu_buffers_of_memory(bytes): strict; the shared_buffers, in bytes, of an
 * Aurora with so much memory, NULL when there is no such Aurora. */
Datum
acu_buffers_of_memory(PG_FUNCTION_ARGS)
{
	double acu = PG_GETARG_FLOAT8(0) / (GIB_PER_ACU * GIB);

	if (!(acu >= 0 && acu <= MAX_ACU))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(acu_shared_buffers(acu));
}
