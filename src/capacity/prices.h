/*-------------------------------------------------------------------------
 *
 * prices.h
 *		The prices and the instance classes of a region.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_PRICES_H
#define PG_ACU_CAPACITY_PRICES_H

#include "model/option.h"

/* USD an ACU-hour, Standard and I/O-Optimized; NAN without a price. */
extern void
read_acu_prices(const char *region, double *standard, double *optimized);

extern void read_prices(const char *region, Prices *prices);

/*
 * All instance classes, each as often as it has a platform and deployment, with
 * their prices in a region, in the memory context of the caller; returns how
 * many.  Classes without a price or a size are among them, so that nobody
 * thinks that they had been compared.
 */
extern int read_classes(const char *region, Option **classes);

#endif
