/*-------------------------------------------------------------------------
 *
 * estimate.h
 *		AWS's own estimators, which know little but CPU percentiles.
 *
 * For comparison: the arithmetic of two tools of AWS, to the digit.  Their
 * sources are github.com/aws/agent-toolkit-for-aws (2026, acu_calculator.py)
 * and github.com/aws-samples/sample-aurora-serverless-migration-assessment-tool
 * (2025).
 *
 * Pure: libc only, no clock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_ESTIMATE_H
#define PG_ACU_ESTIMATE_H

/* Percentages are of the instance's CPU; NAN is not given. */
typedef struct Observed
{
	double vcpu;
	double acu_per_vcpu; /* of the family, by estimate_ratio() */
	double cpu_p95;
	double cpu_max;
	double cpu_avg; /* by default 0.6 of the 95th percentile */
	double connections;
	double working_set_gib;
} Observed;

/* In ACU; the last three are the migration tool's. */
typedef struct Estimate
{
	double min;
	double typical;
	double peak;
	double max;
	double working_set_floor; /* advice beside the others; NAN: not given */
	double actual;			  /* by the percentile */
	double adjusted;		  /* by the percentile and a bit of the maximum */
	double growth_factor;	  /* room above the instance */
} Estimate;

/* The ACU that AWS's tools calculate for a vCPU of an instance class such as
 * db.r6g.large; NAN for a family that they do not know. */
extern double estimate_ratio(const char *instance_class);

extern void estimate_make(Estimate *estimate, const Observed *observed);

/* The migration tool's saving, in percent of the provisioned cost; NAN when
 * that cost is not above 0. */
extern double estimate_saving(double provisioned_usd, double serverless_usd);

/* The toolkit's verdict on three costs, in its words. */
extern const char *
estimate_label(double provisioned_usd, double typical_usd, double high_usd);

#endif
