-- The search_path of the whole script, which has no effect after it.
--
-- CREATE EXTENSION adds the schemas of the required extensions to the path, and
-- pg_stat_statements is usually in public, where others may create functions and
-- operators. A call for which pg_catalog has no exact match would then run theirs, as
-- the superuser who creates the extension. Each delta (sql/pg_acu--OLD--NEW.sql) must
-- begin with the same statement.
SET LOCAL search_path = pg_catalog, pg_temp;

