-- The short history that a reader of the README has at the queries about the model.
SELECT acu.take_sample(), pg_sleep(1) FROM generate_series(1, 3);
