-- The little history that a reader of the README has when he comes to the model.
SELECT acu.take_sample(), pg_sleep(1) FROM generate_series(1, 3);
