/*-------------------------------------------------------------------------
 *
 * prices.c
 *		The prices and the instance classes of a region.
 *
 * Owns no data: everything is in the memory context of the caller.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backend/spi.h"
#include "capacity/prices.h"

#include "executor/spi.h"
#include "utils/builtins.h"

#include <math.h>

void
read_acu_prices(const char *region, double *standard, double *optimized)
{
	static const char query[] =
		"SELECT max(p.usd)::float8, max(p.usd_io_optimized)::float8 "
		"FROM acu.current_price AS p "
		"WHERE p.item = 'db.serverless' AND p.platform = 'aurora' "
		"AND p.pricing = 'on_demand' AND p.region = $1";
	Parameters parameters = { 0 };

	SPI_connect();
	add_text(&parameters, region);
	if (caller_read(query, &parameters, 1) != 1)
		elog(ERROR, "could not run: %s", query);
	*standard = row_float(0, 1);
	*optimized = row_float(0, 2);
	SPI_finish();
}

/* Takes a row of item, standard, optimized, and whether it is a price of RDS.
 */
static void
take_storage_price(Prices *prices, uint64 row)
{
	double standard = row_float(row, 2);
	double optimized = row_float(row, 3);
	char *item = row_text(row, 1);

	if (row_boolean(row, 4))
		prices->storage_rds.per_gib_month = standard;
	else if (strcmp(item, "storage") == 0)
	{
		prices->storage_standard.per_gib_month = standard;
		prices->storage_optimized.per_gib_month = optimized;
	}
	else
	{
		prices->storage_standard.per_million_requests = standard;
		prices->storage_optimized.per_million_requests = optimized;
	}
}

void
read_prices(const char *region, Prices *prices)
{
	static const char query[] =
		"SELECT p.item, p.usd::float8, p.usd_io_optimized::float8,"
		" p.platform = 'rds' "
		"FROM acu.current_price AS p "
		"WHERE p.item IN ('storage', 'io') AND p.deployment = 'single_az' "
		"AND p.pricing = 'on_demand' AND p.region = $1";
	Parameters parameters = { 0 };
	uint64 count;

	prices->storage_standard = prices->storage_optimized =
		(StoragePrice){ NAN, NAN };
	prices->storage_rds = (StoragePrice){ NAN, 0 };
	read_acu_prices(region, &prices->usd_per_acu_hour,
					&prices->usd_per_acu_hour_optimized);
	SPI_connect();
	add_text(&parameters, region);
	count = caller_read(query, &parameters, 0);
	for (uint64 i = 0; i < count; i++)
		take_storage_price(prices, i);
	SPI_finish();
}

/* The kind of an instance class by its platform, which is NULL without a price.
 */
static OptionKind
kind_of(const char *platform)
{
	if (platform == NULL)
		return KIND_UNPRICED;
	return strcmp(platform, "aurora") == 0 ? KIND_AURORA : KIND_RDS;
}

/* Takes a row of read_classes(); texts are copied to the context. */
static void
take_class(Option *option, uint64 row, MemoryContext context)
{
	const char *instance_class = row_text(row, 1);
	const char *deployment = row_text(row, 5);

	*option = (Option){
		.kind = kind_of(row_text(row, 4)),
		.instance_class = MemoryContextStrdup(context, instance_class),
		.deployment =
			deployment ? MemoryContextStrdup(context, deployment) : NULL,
		.min_acu = NAN,
		.max_acu = NAN,
		.vcpu = row_float(row, 2),
		.memory_gib = row_float(row, 3),
		.usd_per_hour = row_float(row, 6),
		.usd_per_hour_optimized = row_float(row, 7),
		.usd_per_hour_reserved = row_float(row, 8),
		.burstable = strncmp(instance_class, "db.t", 4) == 0,
	};
}

int
read_classes(const char *region, Option **classes)
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
	MemoryContext context = CurrentMemoryContext;
	Parameters parameters = { 0 };
	uint64 count;

	SPI_connect();
	add_text(&parameters, region);
	count = caller_read(query, &parameters, 0);
	*classes = MemoryContextAllocZero(context, (count + 1) * sizeof(Option));
	for (uint64 i = 0; i < count; i++)
		take_class(&(*classes)[i], i, context);
	SPI_finish();
	return (int) count;
}
