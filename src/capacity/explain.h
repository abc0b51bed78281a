/*-------------------------------------------------------------------------
 *
 * explain.h
 *		Reasons as sentences, and the names of options.
 *
 * All results are in the memory context of the caller.  Texts have one reason a
 * line; lines have at most 78 characters, and a reason that needs more goes on
 * in indented lines.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_CAPACITY_EXPLAIN_H
#define PG_ACU_CAPACITY_EXPLAIN_H

#include "capacity/inquiry.h"
#include "model/advice.h"

/* A short name: "serverless 0.5 to 8 ACU" or "rds db.m6g.large multi_az". */
extern char *explain_option(const Option *option);

/* A name for sentences: "Aurora Serverless v2 with 0.5 to 8 ACU". */
extern char *explain_name(const Option *option);

/* Why an option is feasible, or is not. */
extern char *explain_verdict(const Inquiry *inquiry, const Option *option);

/* The option to take, and why. */
extern char *explain_advice(const Inquiry *inquiry, const Advice *advice);

/* Assumptions made for the user, and unknown parts of the load. */
extern char *explain_assumptions(const Inquiry *inquiry);

#endif
