-- outside(): what the extension pg_acu refers to beside pg_catalog, itself and the
-- language PL/pgSQL, one row for each, and operators that an expression of it does not
-- take from pg_catalog. No row: nobody else's function, operator, type or table can run.
CREATE FUNCTION pg_temp.outside() RETURNS TABLE (object text, refers_to text)
LANGUAGE sql
SET search_path = ''
AS $$
    WITH RECURSIVE extension AS (
        SELECT oid FROM pg_extension WHERE extname = 'pg_acu'
    ), member (classid, objid) AS (
        SELECT d.classid, d.objid
        FROM pg_depend AS d, extension AS e
        WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
        UNION
        -- Constraints, defaults, indexes, rules, triggers, types of rows and the like
        SELECT d.classid, d.objid
        FROM member AS m
        JOIN pg_depend AS d ON (d.refclassid, d.refobjid) = (m.classid, m.objid)
        WHERE d.deptype IN ('a', 'i')
    ), reference AS (
        SELECT pg_identify_object(m.classid, m.objid, 0) AS object,
               pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) AS refers_to
        FROM member AS m
        JOIN pg_depend AS d ON (d.classid, d.objid) = (m.classid, m.objid)
        WHERE d.deptype <> 'p'
            AND NOT EXISTS (SELECT FROM member AS o
                            WHERE (o.classid, o.objid) = (d.refclassid, d.refobjid))
            AND (d.refclassid, d.refobjid) NOT IN (SELECT 'pg_extension'::regclass, oid FROM extension)
    ), expression AS (
        SELECT m.classid, m.objid,
               CASE m.classid
                   WHEN 'pg_constraint'::regclass THEN pg_get_constraintdef(m.objid)
                   WHEN 'pg_rewrite'::regclass THEN pg_get_ruledef(m.objid)
                   WHEN 'pg_trigger'::regclass THEN pg_get_triggerdef(m.objid)
                   WHEN 'pg_proc'::regclass THEN pg_get_function_arguments(m.objid)
                   WHEN 'pg_attrdef'::regclass THEN
                       (SELECT pg_get_expr(a.adbin, a.adrelid) FROM pg_attrdef AS a WHERE a.oid = m.objid)
                   WHEN 'pg_class'::regclass THEN
                       (SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i WHERE i.indexrelid = m.objid)
               END AS text
        FROM member AS m
    )
    SELECT (r.object).identity, (r.refers_to).identity
    FROM reference AS r
    WHERE (r.refers_to).schema IS DISTINCT FROM 'pg_catalog'
        AND ((r.refers_to).type, (r.refers_to).identity) NOT IN
            (('extension', 'pg_stat_statements'), ('extension', 'plpgsql'), ('language', 'plpgsql'),
             ('schema', 'pg_catalog'))
    UNION ALL
    SELECT (pg_identify_object(e.classid, e.objid, 0)).identity, e.text
    FROM expression AS e
    WHERE e.text ~ 'OPERATOR\((?!pg_catalog\.)'
$$;
