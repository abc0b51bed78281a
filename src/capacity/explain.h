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

/* Where the answer becomes another, as the load has more or less CPU and
 * connections. */
typedef struct Flip
{
	double factor; /* of the load; NAN: nowhere */
	char *name;	   /* of what is taken then; NULL when nothing suffices */
	char *twice;   /* of what is taken at twice the load; NULL: not tried */
} Flip;

/* An answer of acu.advise(); pointers are NULL where there is none. */
typedef struct Advice
{
	const Candidate *choice;
	const Candidate *second;	/* the runner-up */
	const Candidate *near_miss; /* cheaper, but work would wait too long */
	Flip up;
	Flip down;
} Advice;

/* What to take and why, in sentences. */
extern char *explain_advice(const Candidates *candidates, const Advice *advice);

/* As a person would call it. */
extern char *explain_name(const Candidate *candidate);

/* What was chosen for the user, and what is not known. */
extern char *explain_assumptions(const Candidates *candidates);

#endif
