-- privileges: who may do what, in one place.
--
-- A function can be executed by everyone from its creation on, but nobody sees it before
-- the transaction of CREATE EXTENSION commits, and this part runs in that transaction: no
-- function is exposed in between. A new function belongs to its owner alone until one of
-- the lists below has its name.
--
-- Functions run with the rights of their caller, but for acu.store_import and
-- acu.delete_import, which nobody but the owner may execute at first.

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA acu, acu_internal FROM PUBLIC;

-- Everyone: the example API, the routes, and the functions that describe and begin calls.
GRANT USAGE ON SCHEMA acu, acu_internal TO PUBLIC;
GRANT SELECT ON acu.route, acu.route_info TO PUBLIC;
GRANT EXECUTE ON FUNCTION
    acu.root, acu.time, acu_internal.raise, acu_internal.check_may_write, acu_internal.signature,
    acu_internal.find_function, acu_internal.base_type, acu_internal.value_kind,
    acu_internal.arguments, acu_internal.describe_function, acu_internal.why_not_routable,
    acu_internal.confused_with, acu_internal.begin_session, acu_internal.begin_call,
    acu_internal.check_triggers
    TO PUBLIC;

-- Members of pg_read_all_stats: the workload, with the queries of all users, and reports on
-- it. The functions that change prices and targets say which right on a table or function
-- is missing.
GRANT SELECT ON
    acu.route, acu.target, acu.sample, acu.ring, acu.epoch, acu.query_recent, acu.query,
    acu.query_sample, acu.query_hour, acu.statement_load, acu.instance_class, acu.price,
    acu.current_instance_class, acu.current_price
    TO pg_read_all_stats;
GRANT EXECUTE ON FUNCTION
    acu.worker_status, acu.take_sample, acu.load, acu.top_queries, acu.workload,
    acu.sampler_status, acu.status, acu.query_text, acu.load_now, acu.set_instance_class,
    acu.set_price, acu.drop_target, acu.import_series, acu.import_cloudwatch, acu.constants,
    acu.demand, acu.simulate, acu.outcome, acu.options, acu.advise, acu.query_cost,
    acu.estimate_saving, acu.aws_estimate, acu.stages, acu_internal.did_you_mean,
    acu_internal.target_id, acu_internal.take_local_sample, acu_internal.where_samples_are,
    acu_internal.notice_elsewhere, acu_internal.unpack_hour, acu_internal.unpack_counters,
    acu_internal.row_kind, acu_internal.bucket_start, acu_internal.buckets, acu_internal.check_span,
    acu_internal.load_span, acu_internal.notice_import, acu_internal.check_top_queries,
    acu_internal.read_statements, acu_internal.check_region, acu_internal.check_instance_class,
    acu_internal.check_may_change, acu_internal.check_import, acu_internal.check_may_import,
    acu_internal.cloudwatch_series, acu_internal.chosen_series, acu_internal.cloudwatch_points,
    acu_internal.buffers_of_memory, acu_internal.bill, acu_internal.estimate,
    acu_internal.estimate_label, acu_internal.check_stages, acu_internal.overdue_rings
    TO pg_read_all_stats;
-- The procedure needs rights on the tables as well, which their owner may grant.
GRANT EXECUTE ON PROCEDURE acu.rotate_history TO pg_read_all_stats;
