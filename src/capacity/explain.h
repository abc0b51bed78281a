/*-------------------------------------------------------------------------
 *
 * explain.h
 *		Why: what the model found, in words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_EXPLAIN_H
#define PG_ACU_EXPLAIN_H

#include "capacity/candidates.h"

/* Why a candidate is feasible, or is not. */
extern char *
explain_verdict(const Candidates *candidates, const Candidate *candidate);

/* What was chosen for the user, and what is not known. */
extern char *explain_assumptions(const Candidates *candidates);

/* Why the answer is a lower bound, as a sentence; NULL when it is none. */
extern char *explain_lower_bound(const Survey *survey);

/* A share of a time as percent, with as many digits as say something. */
extern char *percent(double part, double whole);

#endif
