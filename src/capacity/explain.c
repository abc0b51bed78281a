/*-------------------------------------------------------------------------
 *
 * explain.c
 *		Reasons as sentences, and the names of options.
 *
 * Owns no data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/settings.h"
#include "capacity/explain.h"
#include "model/reasons.h"

#include "lib/stringinfo.h"

#include <math.h>

#define MAX_LINE 78

/*
 * A sentence for each reason.  {option} and {region} stand for themselves; each
 * other placeholder takes the next number of the reason: {usd}, {share} of a
 * whole as a percentage, {acu}, {delta}, {count} and {number}.
 */
static const char *const sentences[] = {
	[REASON_SATURATED] = "Lower bound: for {share} of the time the server was "
						 "saturated, and the work wanted more than it got.",
	[REASON_MEMORY_UNKNOWN] = "Lower bound: the working set is unknown for "
							  "{share} of the time.",
	[REASON_MEMORY_AT_LEAST] =
		"Lower bound: for {share} of the time shared_buffers was full while "
		"blocks were read, so that more memory may be wanted.",

	[REASON_NEVER_THROTTLED] = "It is never throttled.",
	[REASON_THROTTLED] = "It is throttled {share} of the time.",
	[REASON_THROTTLED_WAITING] =
		"It is throttled {share} of the time; work waits for up to {count} s.",
	[REASON_TOO_LITTLE_MEMORY] = "Its memory is too small: the working set "
								 "needs {acu} ACU.",
	[REASON_TOO_FEW_CONNECTIONS] = "It allows too few connections for a peak "
								   "of {count}.",
	[REASON_THROTTLED_TOO_LONG] =
		"It is throttled {share} of the time; the limit is {share}.",
	[REASON_BACKLOG_TOO_LONG] =
		"Work waits for {count} s at a stretch; the limit is {count} s.",
	[REASON_SIZE_UNKNOWN] =
		"Its size is unknown; acu.set_instance_class() sets it.",
	[REASON_BURSTABLE] = "It is burstable, which the advice leaves out: only "
						 "its baseline is always there, and the price of "
						 "credits is unknown.",
	[REASON_STORAGE_PRICE_UNKNOWN] =
		"The price of its storage in {region} is unknown; acu.set_price() "
		"sets it.",
	[REASON_PRICE_UNKNOWN] =
		"Its price in {region} is unknown; acu.set_price() sets it.",

	[REASON_NO_CLASS_PRICED] =
		"No instance class has a price in {region}, so that only serverless "
		"was compared; acu.set_price() adds prices.",
	[REASON_NOTHING_SUFFICES] =
		"Nothing that has a price in {region} suffices within the limits; "
		"acu.options() has the reason for each.",
	[REASON_TAKE] = "Take {option}: {usd} a month.",
	[REASON_TAKE_OPTIMIZED] = "Take {option}: {usd} a month with I/O-Optimized "
							  "storage, {usd} with Standard.",
	[REASON_TAKE_BY_MODEL] =
		"Take {option}: {usd} a month, {usd} to {usd} by the low and high "
		"constants of the model.",
	[REASON_USE_OF_RANGE] = "Of a mean capacity of {acu} ACU, the work needs "
							"{share} (compute delta {delta}).",
	[REASON_USE_OF_INSTANCE] = "Of its equivalent of {acu} ACU, the work needs "
							   "{share} (compute delta {delta}).",
	[REASON_BUSY] = "At its peak the load takes {share} of the CPU, which "
					"leaves little for more.",
	[REASON_PAUSES] =
		"It pauses while nobody is connected: the next connection waits some "
		"{count} s, and storage is billed all the same.",

	[REASON_NO_RUNNER_UP] =
		"Nothing else that has a price in {region} suffices.",
	[REASON_RUNNER_UP] =
		"The runner-up is {option}: {usd} a month, {count} % more.",
	[REASON_RUNNER_UP_FAR] = "The runner-up is {option}: {usd} a month.",
	[REASON_RUNNER_UP_MAY_BE_LESS] =
		"By the high constants of the model the runner-up is cheaper.",
	[REASON_NEAR_MISS] = "{option} would cost {usd} a month, but work would "
						 "wait for {count} s; the limit is {count} s.",

	[REASON_MORE_LOAD] = "With {count} % more load, take {option}.",
	[REASON_LESS_LOAD] = "With {count} % less load, take {option}.",
	[REASON_TIMES_LOAD] = "With {number} times the load, take {option}.",
	[REASON_MORE_LOAD_NOTHING] = "With {count} % more load, nothing suffices.",
	[REASON_LESS_LOAD_NOTHING] = "With {count} % less load, nothing suffices.",
	[REASON_TIMES_LOAD_NOTHING] =
		"With {number} times the load, nothing suffices.",
	[REASON_ALWAYS_SERVERLESS] =
		"From an eighth to 8 times this load serverless stays the cheapest, "
		"with other ranges: at twice the load, {option}.",
	[REASON_ALWAYS_SAME] =
		"From an eighth to 8 times this load the answer stays the same.",

	[REASON_FEW_DAYS] = "All this rests on {number} days: a week or more has "
						"peaks that these lack.",
	[REASON_FEW_HOURS] = "All this rests on {number} hours: a week or more has "
						 "peaks that these lack.",
	[REASON_FEW_SECONDS] = "All this rests on {count} seconds: a week or more "
						   "has peaks that these lack.",

	[REASON_MODEL] = "The model assumes {number} ACU per vCPU, {number} vCPU "
					 "of Aurora's own background, and a target of {number} "
					 "times the CPU that is needed.",
	[REASON_CPU_FACTOR] =
		"The measured CPU is multiplied by pg_acu.cpu_factor, {number}.",
	[REASON_LIMITS] = "The limits are throttling {share} of the time and work "
					  "that waits for {count} s.",
	[REASON_PRICES] = "The prices are those of {region}.",
	[REASON_CONNECTIONS_UNKNOWN] = "Connections are unknown for {share} of the "
								   "time, in which it never pauses.",
};

StaticAssertDecl(lengthof(sentences) == REASON_CODES,
				 "each reason has a sentence");

/* Whether an instance is in one zone, which goes without saying. */
static bool
is_single(const Option *option)
{
	return option->deployment == NULL ||
		   strcmp(option->deployment, "single_az") == 0;
}

char *
explain_option(const Option *option)
{
	const char *kind = option_kind_name(option->kind);

	if (option->min_acu == option->max_acu)
		return psprintf("%s %g ACU", kind, option->min_acu);
	if (option->kind == KIND_SERVERLESS)
		return psprintf("%s %g to %g ACU", kind, option->min_acu,
						option->max_acu);
	if (is_single(option))
		return psprintf("%s %s", kind, option->instance_class);
	return psprintf("%s %s %s", kind, option->instance_class,
					option->deployment);
}

char *
explain_name(const Option *option)
{
	const char *service = option->kind == KIND_RDS ? "RDS" : "Aurora";

	if (option->min_acu == option->max_acu)
		return psprintf("Aurora Serverless v2 fixed at %g ACU",
						option->min_acu);
	if (option->kind == KIND_SERVERLESS)
		return psprintf("Aurora Serverless v2 with %g to %g ACU",
						option->min_acu, option->max_acu);
	if (is_single(option))
		return psprintf("%s %s", service, option->instance_class);
	return psprintf("%s %s %s", service, option->instance_class,
					option->deployment);
}

/* Appends a share as a percentage, with as many digits as tell something. */
static void
append_share(StringInfo text, double share)
{
	double percent = 100 * share;

	if (percent > 0 && percent < 0.01)
		appendStringInfoString(text, "less than 0.01 %");
	else if (percent > 99.99 && percent < 100)
		appendStringInfoString(text, "more than 99.99 %");
	else if ((percent > 0 && percent < 1) || (percent > 99 && percent < 100))
		appendStringInfo(text, "%.2f %%", percent);
	else
		appendStringInfo(text, "%.0f %%", percent);
}

/* Appends the value of a placeholder, whose name ends at a brace; returns
 * whether it took the number. */
static bool
append_value(StringInfo text, const char *placeholder, const Reason *reason,
			 const char *region, double number)
{
	int length = strcspn(placeholder, "}");

	if (strncmp(placeholder, "option", length) == 0)
		appendStringInfoString(text, explain_name(reason->option));
	else if (strncmp(placeholder, "region", length) == 0)
		appendStringInfoString(text, region);
	else if (strncmp(placeholder, "usd", length) == 0)
		appendStringInfo(text, "$%.*f", number < 100 ? 2 : 0, number);
	else if (strncmp(placeholder, "share", length) == 0)
		append_share(text, number);
	else if (strncmp(placeholder, "acu", length) == 0)
		appendStringInfo(text, "%.1f", number);
	else if (strncmp(placeholder, "delta", length) == 0)
		appendStringInfo(text, "%.2f", number);
	else if (strncmp(placeholder, "count", length) == 0)
		appendStringInfo(text, "%.0f", number);
	else
		appendStringInfo(text, "%.3g", number);
	return strncmp(placeholder, "option", length) != 0 &&
		   strncmp(placeholder, "region", length) != 0;
}

static void
append_sentence(StringInfo text, const Reason *reason, const char *region)
{
	const char *at = sentences[reason->code];
	int number = 0;

	while (*at != '\0')
	{
		if (*at != '{')
		{
			appendStringInfoChar(text, *at++);
			continue;
		}
		Assert(number <= MAX_REASON_NUMBERS);
		if (append_value(text, at + 1, reason, region,
						 number < MAX_REASON_NUMBERS ? reason->numbers[number]
													 : 0))
			number++;
		at = strchr(at, '}') + 1;
	}
}

/* Appends a sentence in lines of at most MAX_LINE characters, broken at blanks;
 * all but the first are indented. */
static void
append_wrapped(StringInfo text, const char *sentence)
{
	size_t room = MAX_LINE;

	while (strlen(sentence) > room)
	{
		size_t length = room;

		while (length > 0 && sentence[length] != ' ')
			length--;
		if (length == 0) /* no blank: one word is longer than a line */
			length = strcspn(sentence, " ");
		if (sentence[length] == '\0')
			break;
		appendBinaryStringInfo(text, sentence, length);
		appendStringInfoString(text, "\n  ");
		sentence += length + 1;
		room = MAX_LINE - 2;
	}
	appendStringInfoString(text, sentence);
}

static char *
explain_reasons(const Reasons *reasons, const char *region)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < reasons->count; i++)
	{
		StringInfoData sentence;

		initStringInfo(&sentence);
		append_sentence(&sentence, &reasons->list[i], region);
		if (i > 0)
			appendStringInfoChar(&text, '\n');
		append_wrapped(&text, sentence.data);
		pfree(sentence.data);
	}
	return text.data;
}

char *
explain_verdict(const Inquiry *inquiry, const Option *option)
{
	Reasons reasons = { 0 };

	reasons_of_verdict(&reasons, option, &inquiry->search->summary,
					   &inquiry->question.limits);
	return explain_reasons(&reasons, inquiry->region);
}

char *
explain_advice(const Inquiry *inquiry, const Advice *advice)
{
	Reasons reasons = { 0 };

	reasons_of_advice(&reasons, advice, inquiry->search);
	return explain_reasons(&reasons, inquiry->region);
}

char *
explain_assumptions(const Inquiry *inquiry)
{
	Reasons reasons = { 0 };

	reasons_of_assumptions(&reasons, inquiry->search, acu_cpu_factor);
	return explain_reasons(&reasons, inquiry->region);
}
