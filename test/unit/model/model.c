/* Unit tests of src/model/model.c. */
#include "model/model.h"

#include "near.h"

#include <string.h>

static double
constant_of(const Model *model, const Constant *constant)
{
	return *(const double *) ((const char *) model + constant->offset);
}

static void
every_constant_is_explained_and_its_likely_value_is_between(void **state)
{
	(void) state;
	for (int i = 0; i < model_constant_count; i++)
	{
		const Constant *constant = &model_constants[i];

		assert_true(strlen(constant->name) > 0);
		assert_non_null(constant->unit);
		assert_true(strlen(constant->source) > 10);
		assert_true(constant->values[MODEL_LOW] > 0);
		assert_true(constant->values[MODEL_LOW] <=
					constant->values[MODEL_LIKELY]);
		assert_true(constant->values[MODEL_LIKELY] <=
					constant->values[MODEL_HIGH]);
		for (int j = 0; j < i; j++)
			assert_true(constant->offset != model_constants[j].offset);
	}
}

static void
a_model_has_every_constant_of_its_likelihood(void **state)
{
	size_t doubles = 0;

	(void) state;
	for (int likelihood = MODEL_LOW; likelihood <= MODEL_HIGH; likelihood++)
	{
		Model model = model_make(likelihood);

		for (int i = 0; i < model_constant_count; i++)
			assert_exact(constant_of(&model, &model_constants[i]),
						 model_constants[i].values[likelihood]);
		assert_int_equal(model.counts_used_buffers, likelihood == MODEL_HIGH);
	}
	/* All of it but the flag, which takes the room of a double. */
	doubles = sizeof(Model) / sizeof(double) - 1;
	assert_int_equal(model_constant_count, doubles);
}

static void
capacity_comes_in_halves_rounded_up(void **state)
{
	(void) state;
	assert_exact(round_up_acu(0), 0);
	assert_false(signbit(round_up_acu(0)));
	assert_exact(round_up_acu(0.2), 0.5);
	assert_exact(round_up_acu(0.5), 0.5);
	assert_exact(round_up_acu(5.896), 6);
	assert_exact(round_up_acu(6.01), 6.5);
	/* Rounding noise does not count. */
	assert_exact(round_up_acu(4 * (0.1 + 0.2 + 0.075)), 1.5);
	assert_exact(round_up_acu(3.0000001), 3);
	assert_unknown(round_up_acu(NAN));
}

/* 0.5, 4, 8 and 12.5 ACU: Aurora User Guide; 1 and 2.5: measured. */
static void
shared_buffers_are_those_that_were_seen(void **state)
{
	(void) state;
	assert_exact(acu_shared_buffers(0.5), 128 * MIB);
	assert_exact(acu_shared_buffers(1), 384 * MIB);
	assert_exact(acu_shared_buffers(2.5), 2688 * MIB);
	assert_exact(acu_shared_buffers(4), 5504 * MIB);
	assert_exact(acu_shared_buffers(8), 11136 * MIB);
	assert_exact(acu_shared_buffers(12.5), 17472 * MIB);
	assert_near(acu_shared_buffers(12.5) / (17280 * MIB), 1, 0.02);
	assert_exact(acu_shared_buffers(0), 0);
}

static void
memory_asks_for_the_capacity_whose_buffers_hold_it(void **state)
{
	(void) state;
	assert_exact(memory_acu(0), 0);
	assert_exact(memory_acu(64 * MIB), 0.25);
	assert_exact(memory_acu(5504 * MIB), 4);
	assert_exact(memory_acu(11136 * MIB), 8);
	for (double acu = 0.5; acu <= MAX_ACU; acu += 0.5)
		assert_near(memory_acu(acu_shared_buffers(acu)), acu, 1e-12);
	assert_unknown(memory_acu(NAN));
}

/* The Aurora User Guide's table. */
static void
max_connections_are_the_documented_ones(void **state)
{
	(void) state;
	assert_exact(acu_max_connections(1, 1), 189);
	assert_exact(acu_max_connections(1, 4), 823);
	assert_exact(acu_max_connections(1, 8), 1669);
	assert_exact(acu_max_connections(1, 16), 3360);
	assert_exact(acu_max_connections(1, 32), 5000);
	assert_exact(acu_max_connections(1, 256), 5000);
	assert_exact(acu_max_connections(0.5, 1), 189);
	assert_exact(acu_max_connections(0.5, 16), 2000);
	assert_exact(acu_max_connections(0, 16), 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_constant_is_explained_and_its_likely_value_is_between),
		cmocka_unit_test(a_model_has_every_constant_of_its_likelihood),
		cmocka_unit_test(capacity_comes_in_halves_rounded_up),
		cmocka_unit_test(shared_buffers_are_those_that_were_seen),
		cmocka_unit_test(memory_asks_for_the_capacity_whose_buffers_hold_it),
		cmocka_unit_test(max_connections_are_the_documented_ones),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
