/*-------------------------------------------------------------------------
 *
 * inquiry.c
 *		The head of acu.options() and acu.advise(): a history, a question and a
 *		search for options, by the arguments that both have.
 *
 * Owns no data: everything is in the memory context of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capacity/arguments.h"
#include "capacity/inquiry.h"
#include "capacity/prices.h"

#include "miscadmin.h"

#define MAX_BACKLOG_SECONDS 1e9
#define MAX_STORAGE 1e9 /* GiB, or million requests */

#define MIN_SAMPLES 2

/* Reads all arguments behind region. */
static void
read_question(Question *question, FunctionCallInfo fcinfo)
{
	question->limits.throttled_share =
		required_argument_within(fcinfo, 4, "max_throttled_share", 0, 1);
	question->limits.backlog_seconds = required_argument_within(
		fcinfo, 5, "max_backlog_seconds", 0, MAX_BACKLOG_SECONDS);
	question->storage.gib =
		float_argument_within(fcinfo, 6, "storage_gib", 0, MAX_STORAGE, 0);
	question->storage.million_requests =
		float_argument_within(fcinfo, 7, "million_requests", 0, MAX_STORAGE, 0);
	question->floor_acu = floor_argument(fcinfo, 9);
	question->pause_after = pause_argument(fcinfo, 10);
}

static void
check_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

void
inquiry_begin(Inquiry *inquiry, FunctionCallInfo fcinfo)
{
	Search *search = palloc0(sizeof(Search));
	double background;

	memset(inquiry, 0, sizeof(*inquiry));
	inquiry->region = region_argument(fcinfo, 3);
	read_question(&inquiry->question, fcinfo);
	background = background_argument(fcinfo, 8);
	history_read(&inquiry->history, fcinfo, MIN_SAMPLES);
	read_prices(inquiry->region, &inquiry->prices);

	inquiry->search = search;
	search->question = &inquiry->question;
	search->prices = &inquiry->prices;
	search->space.check_interrupts = check_for_interrupts;
	for (int i = 0; i < MODELS; i++)
		search->models[i] = history_model(&inquiry->history, i, background);
	search->class_count = read_classes(inquiry->region, &search->classes);
	search->instances = palloc((search->class_count + 1) * sizeof(Instance));
	search->options =
		palloc((search->class_count + RANGES_TRIED) * sizeof(Option));
	search_begin(search);
}
