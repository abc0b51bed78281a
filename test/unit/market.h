/* For the unit tests: prices, a few instance classes, and a search with them.
 */
#ifndef PG_ACU_TEST_MARKET_H
#define PG_ACU_TEST_MARKET_H

#include "model/search.h"

#include <math.h>
#include <stdlib.h>

#define MARKET_CLASSES 8

/* One of the classes of a market; price: USD an hour, NAN for none. */
static inline Option
market_class(const char *name, OptionKind kind, double vcpu, double memory_gib,
			 double price)
{
	return (Option){ .kind = kind,
					 .instance_class = name,
					 .deployment = kind == KIND_UNPRICED ? NULL : "single_az",
					 .min_acu = NAN,
					 .max_acu = NAN,
					 .vcpu = vcpu,
					 .memory_gib = memory_gib,
					 .usd_per_hour = price,
					 .usd_per_hour_optimized = NAN,
					 .usd_per_hour_reserved = NAN };
}

typedef struct Market
{
	Question question;
	Prices prices;
	Option classes[MARKET_CLASSES];
	Instance instances[MARKET_CLASSES];
	Option options[MARKET_CLASSES + RANGES_TRIED];
	Search search;
} Market;

static inline void
market_no_interrupts(void)
{
}

/* us-east-1, with 2 to 16 vCPU, one burstable class, one without a size and one
 * without a price; the limits are the defaults. */
static inline Market *
market_open(void)
{
	Market *market = calloc(1, sizeof(*market));
	const Option classes[MARKET_CLASSES] = {
		market_class("db.r6g.large", KIND_AURORA, 2, 16, 0.26),
		market_class("db.r6g.xlarge", KIND_AURORA, 4, 32, 0.519),
		market_class("db.r7g.xlarge", KIND_AURORA, 4, 32, 0.553),
		market_class("db.r6g.4xlarge", KIND_AURORA, 16, 128, 2.076),
		market_class("db.m6g.xlarge", KIND_RDS, 4, 16, 0.318),
		market_class("db.t4g.big", KIND_AURORA, 2, 16, 0.073),
		market_class("db.new.large", KIND_AURORA, NAN, NAN, 0.1),
		market_class("db.r8g.large", KIND_UNPRICED, 2, 16, NAN),
	};

	for (int i = 0; i < MARKET_CLASSES; i++)
		market->classes[i] = classes[i];
	market->classes[5].burstable = true;
	market->question =
		(Question){ .limits = { 0.001, 60 }, .pause_after = 300 };
	market->prices = (Prices){ .usd_per_acu_hour = 0.12,
							   .usd_per_acu_hour_optimized = 0.16,
							   .storage_standard = { 0.10, 0.20 },
							   .storage_optimized = { 0.225, 0 },
							   .storage_rds = { 0.115, 0 } };
	market->search =
		(Search){ .question = &market->question,
				  .prices = &market->prices,
				  .space = { .check_interrupts = market_no_interrupts },
				  .classes = market->classes,
				  .class_count = MARKET_CLASSES,
				  .instances = market->instances,
				  .options = market->options };
	for (int i = 0; i < MODELS; i++)
	{
		market->search.models[i] = model_make(i);
		market->search.models[i].background_vcpu = 0;
	}
	search_begin(&market->search);
	return market;
}

#endif
