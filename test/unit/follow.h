/* For the unit tests: a scaler that follows loads. */
#ifndef PG_ACU_TEST_FOLLOW_H
#define PG_ACU_TEST_FOLLOW_H

#include "model/instance.h"

#include <math.h>

#define BLOCK 64

/* A load of which only CPU is known. */
static inline Load
cpu_load(double seconds, double vcpu_used)
{
	return (Load){ .seconds = seconds,
				   .vcpu_used = vcpu_used,
				   .hot_bytes = NAN,
				   .used_bytes = NAN,
				   .connections = NAN };
}

/* The likely model, of a server without a background of its own. */
static inline Model
model_without_background(void)
{
	Model model = model_make(MODEL_LIKELY);

	model.background_vcpu = 0;
	return model;
}

/* All loads, from the state that the scaler has. */
static inline void
follow(Scaler *scaler, const Load *loads, int count, double floor_acu)
{
	Segment segments[BLOCK];
	TargetCurve curve;
	int made;

	curve_begin(&curve, loads, count, scaler->model, floor_acu);
	while ((made = curve_next(&curve, segments, BLOCK)) > 0)
		scaler_run(scaler, segments, made);
}

/* The same of an instance. */
static inline void
follow_instance(Instance *instance, const Load *loads, int count,
				const Model *model)
{
	for (int i = 0; i < count; i++)
	{
		Demand demand;

		demand_of(&demand, &loads[i], model, 0);
		instance_run(instance, &loads[i], &demand.need, 1,
					 model->background_vcpu);
	}
}

#endif
