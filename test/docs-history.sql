-- The little history that a reader of the README has when he comes to the model.
SELECT acu.take_sample() FROM generate_series(1, 3), pg_sleep(0.1);
