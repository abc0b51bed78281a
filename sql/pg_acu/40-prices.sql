-- prices: what capacity costs, and how large an instance is.
--
-- Rows of the extension are builtin and come from data/ when it is built; a row
-- of a user with the same key wins, and only those are dumped. No price is ever
-- borrowed from another region.

CREATE TABLE acu.instance_class (
    instance_class text NOT NULL CHECK (instance_class ~ '^db[.][a-z0-9-]+[.][a-z0-9-]+$'),
    vcpu           double precision NOT NULL CHECK (vcpu > 0::double precision AND vcpu <= 1024::double precision),
    memory_gib     double precision NOT NULL CHECK (memory_gib > 0::double precision AND memory_gib <= 65536::double precision),
    builtin        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (instance_class, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('acu.instance_class', 'WHERE NOT builtin');
COMMENT ON TABLE acu.instance_class IS
'the sizes of instance classes, those of the extension and those of users; read acu.current_instance_class';
COMMENT ON COLUMN acu.instance_class.instance_class IS 'the class, such as db.r6g.large';
COMMENT ON COLUMN acu.instance_class.vcpu IS 'its CPUs, in vCPUs';
COMMENT ON COLUMN acu.instance_class.memory_gib IS 'its memory, in GiB';
COMMENT ON COLUMN acu.instance_class.builtin IS
'whether it comes with the extension; such rows are not dumped';

CREATE TABLE acu.price (
    platform   text NOT NULL CHECK (platform IN ('aurora', 'rds')),
    pricing    text NOT NULL CHECK (pricing IN ('on_demand', 'reserved_1y')),
    deployment text NOT NULL CHECK (deployment IN ('single_az', 'multi_az', 'multi_az_readable')),
    item       text NOT NULL
        CHECK (item ~ '^(db[.][a-z0-9-]+[.][a-z0-9-]+|db[.]serverless|storage|io)$'),
    region     text NOT NULL CHECK (region ~ '^[a-z]+(-[a-z]+)+-[0-9]+$'),
    usd        numeric NOT NULL CHECK (usd > 0::numeric AND usd < 1000000::numeric),
    usd_io_optimized numeric
        CHECK (usd_io_optimized >= 0::numeric AND usd_io_optimized < 1000000::numeric
               AND (usd_io_optimized > 0::numeric OR item = 'io')),
    source     text,
    as_of      date DEFAULT current_date,
    builtin    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (platform, pricing, deployment, item, region, builtin),
    CONSTRAINT price_aurora_alone CHECK (
        platform = 'aurora' OR usd_io_optimized IS NULL AND item <> 'db.serverless'),
    CONSTRAINT price_aurora_single_az CHECK (platform = 'rds' OR deployment = 'single_az')
);
SELECT pg_catalog.pg_extension_config_dump('acu.price', 'WHERE NOT builtin');
COMMENT ON TABLE acu.price IS
'prices in US dollars, those of the extension and those of users; read acu.current_price, and change them with acu.set_price';
COMMENT ON COLUMN acu.price.platform IS 'aurora or rds, both for PostgreSQL';
COMMENT ON COLUMN acu.price.pricing IS
'on_demand, or reserved_1y: reserved for a year without upfront payment, by the hour';
COMMENT ON COLUMN acu.price.deployment IS
'single_az; for rds also multi_az (the price of both instances) and multi_az_readable (of all three)';
COMMENT ON COLUMN acu.price.item IS
'item that is paid for: an instance class (an hour), db.serverless (an ACU-hour), storage (a GiB for a month) or io (a million requests)';
COMMENT ON COLUMN acu.price.region IS 'the AWS region, such as us-east-1';
COMMENT ON COLUMN acu.price.usd IS 'US dollars for one of the item; of Aurora, with the storage Standard';
COMMENT ON COLUMN acu.price.usd_io_optimized IS
'US dollars for one of the item, with Aurora''s storage I/O-Optimized; NULL where there is none, or it is not known';
COMMENT ON COLUMN acu.price.source IS 'source of the price; NULL when none was given';
COMMENT ON COLUMN acu.price.as_of IS 'day on which the price was valid';
COMMENT ON COLUMN acu.price.builtin IS
'whether it comes with the extension; such rows are not dumped';

CREATE VIEW acu.current_instance_class AS
SELECT c.instance_class, c.vcpu, c.memory_gib, c.builtin
FROM acu.instance_class AS c
WHERE NOT c.builtin OR NOT EXISTS (
    SELECT FROM acu.instance_class AS u
    WHERE u.instance_class = c.instance_class AND NOT u.builtin);
COMMENT ON VIEW acu.current_instance_class IS
'the sizes of instance classes, each once: the user''s row where there is one';
COMMENT ON COLUMN acu.current_instance_class.instance_class IS 'the class, such as db.r6g.large';
COMMENT ON COLUMN acu.current_instance_class.vcpu IS 'its CPUs, in vCPUs';
COMMENT ON COLUMN acu.current_instance_class.memory_gib IS 'its memory, in GiB';
COMMENT ON COLUMN acu.current_instance_class.builtin IS 'false where a user has set it';

CREATE VIEW acu.current_price AS
SELECT p.platform, p.pricing, p.deployment, p.item, p.region, p.usd, p.usd_io_optimized,
       p.source, p.as_of, p.builtin
FROM acu.price AS p
WHERE NOT p.builtin OR NOT EXISTS (
    SELECT FROM acu.price AS u
    WHERE (u.platform, u.pricing, u.deployment, u.item, u.region)
            = (p.platform, p.pricing, p.deployment, p.item, p.region)
        AND NOT u.builtin);
COMMENT ON VIEW acu.current_price IS
'prices in US dollars, each once: the user''s row where there is one';
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT attname, pg_catalog.col_description(attrelid, attnum) AS comment
        FROM pg_catalog.pg_attribute
        WHERE attrelid = 'acu.price'::regclass AND attnum > 0 AND attname <> 'builtin'
    LOOP
        EXECUTE format('COMMENT ON COLUMN acu.current_price.%I IS %L', c.attname, c.comment);
    END LOOP;
END
$$;
COMMENT ON COLUMN acu.current_price.builtin IS 'false where a user has set it';

CREATE FUNCTION acu_internal.check_region(region text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Before the library is loaded the setting is not there, if nobody set it.
    wanted CONSTANT text := coalesce(
        region, nullif(current_setting('pg_acu.region', true), ''), 'us-east-1');
BEGIN
    IF NOT EXISTS (SELECT FROM acu.price AS p WHERE p.region = wanted) THEN
        PERFORM acu_internal.raise('22023',
            format('no prices for region "%s"', left(wanted, 64)),
            concat_ws(
                ' ',
                acu_internal.did_you_mean(
                    wanted, ARRAY(SELECT DISTINCT p.region FROM acu.price AS p ORDER BY p.region)),
                'The view acu.current_price has all that are known; acu.set_price adds one.'));
    END IF;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION acu_internal.check_region IS
'the region, or that of the setting pg_acu.region for NULL; an error with near names when no price is known there';

CREATE FUNCTION acu_internal.check_instance_class(instance_class text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF instance_class IS NULL OR NOT EXISTS (
        SELECT FROM acu.instance_class AS c
        WHERE c.instance_class = check_instance_class.instance_class)
    THEN
        PERFORM acu_internal.raise('22023',
            format('instance class %s is not known',
                   coalesce('"' || left(instance_class, 64) || '"', 'NULL')),
            concat_ws(
                ' ',
                acu_internal.did_you_mean(
                    -- a class without its "db." is a class of EC2
                    regexp_replace(instance_class, '^(db[.])?', 'db.'),
                    ARRAY(SELECT c.instance_class FROM acu.current_instance_class AS c
                          ORDER BY c.instance_class)),
                'The view acu.current_instance_class has all that are known; acu.set_instance_class adds one.'));
    END IF;
    RETURN instance_class;
END
$$;
COMMENT ON FUNCTION acu_internal.check_instance_class IS
'the instance class; an error with near names when its size is not known';

-- The functions below change the tables, with the rights of the caller.
CREATE FUNCTION acu_internal.check_may_change(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM acu_internal.check_may_write(relation::text);
    IF NOT (has_table_privilege(relation, 'INSERT') AND has_table_privilege(relation, 'UPDATE')
            AND has_table_privilege(relation, 'DELETE'))
    THEN
        PERFORM acu_internal.raise('42501',
            format('role %I may not change %s', current_user, relation),
            format('Its owner may allow it: GRANT INSERT, UPDATE, DELETE ON %s TO %I;',
                   relation, current_user));
    END IF;
END
$$;
COMMENT ON FUNCTION acu_internal.check_may_change IS
'raises an error with the GRANT that is missing when the current user may not change a table';

CREATE FUNCTION acu.set_instance_class(
    instance_class text,
    vcpu double precision,
    memory_gib double precision
) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM acu_internal.check_may_change('acu.instance_class'::regclass);
    IF instance_class IS NULL OR instance_class !~ '^db[.][a-z0-9-]+[.][a-z0-9-]+$' THEN
        PERFORM acu_internal.raise('22023',
            format('invalid instance class %s',
                   coalesce('"' || left(instance_class, 64) || '"', 'NULL')),
            'Write instance_class as AWS does, such as db.r6g.large.');
    END IF;
    PERFORM acu_internal.check_triggers('acu.instance_class'::regclass);
    IF vcpu IS NULL AND memory_gib IS NULL THEN
        DELETE FROM acu.instance_class AS c
        WHERE c.instance_class = set_instance_class.instance_class AND NOT c.builtin;
        RETURN;
    END IF;
    IF vcpu IS NULL OR NOT (vcpu > 0 AND vcpu <= 1024)
        OR memory_gib IS NULL OR NOT (memory_gib > 0 AND memory_gib <= 65536)
    THEN
        PERFORM acu_internal.raise('22023',
            format('invalid size of an instance: %s vCPUs with %s GiB',
                   coalesce(vcpu::text, 'NULL'), coalesce(memory_gib::text, 'NULL')),
            'Set vcpu to at most 1024 and memory_gib to at most 65536, or both to NULL to remove the size that you set before.');
    END IF;
    INSERT INTO acu.instance_class AS c (instance_class, vcpu, memory_gib, builtin)
    VALUES (set_instance_class.instance_class, set_instance_class.vcpu,
            set_instance_class.memory_gib, false)
    ON CONFLICT ON CONSTRAINT instance_class_pkey DO UPDATE
        SET vcpu = excluded.vcpu, memory_gib = excluded.memory_gib;
END
$$;
COMMENT ON FUNCTION acu.set_instance_class IS
'sets the size of an instance class, in vCPUs and GiB, or removes it again when both are NULL; needs the right to change acu.instance_class';

CREATE FUNCTION acu.set_price(
    region text,
    item text,
    usd numeric,
    usd_io_optimized numeric DEFAULT NULL,
    platform text DEFAULT 'aurora',
    pricing text DEFAULT 'on_demand',
    deployment text DEFAULT 'single_az'
) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problem text;
    advice text;
BEGIN
    PERFORM acu_internal.check_may_change('acu.price'::regclass);
    IF region IS NULL OR region !~ '^[a-z]+(-[a-z]+)+-[0-9]+$' THEN
        problem := format('invalid region %s', coalesce('"' || left(region, 64) || '"', 'NULL'));
        advice := 'Write region as AWS does, such as us-east-1.';
    ELSIF item IS NULL
        OR item !~ '^(db[.][a-z0-9-]+[.][a-z0-9-]+|db[.]serverless|storage|io)$' THEN
        problem := format('invalid item %s',
                          coalesce('"' || left(item, 64) || '"', 'NULL'));
        advice := 'Set item to an instance class such as db.r6g.large, to db.serverless (an ACU-hour), storage (a GiB for a month) or io (a million requests).';
    ELSIF platform IS NULL OR platform NOT IN ('aurora', 'rds') THEN
        problem := format('invalid platform %s', coalesce('"' || left(platform, 64) || '"', 'NULL'));
        advice := 'Set platform to aurora or rds.';
    ELSIF pricing IS NULL OR pricing NOT IN ('on_demand', 'reserved_1y') THEN
        problem := format('invalid pricing %s', coalesce('"' || left(pricing, 64) || '"', 'NULL'));
        advice := 'Set pricing to on_demand or reserved_1y.';
    ELSIF deployment IS NULL OR deployment NOT IN ('single_az', 'multi_az', 'multi_az_readable') THEN
        problem := format('invalid deployment %s',
                          coalesce('"' || left(deployment, 64) || '"', 'NULL'));
        advice := 'Set deployment to single_az, multi_az or multi_az_readable.';
    ELSIF platform = 'aurora' AND deployment <> 'single_az' THEN
        problem := format('Aurora has no deployment "%s"', deployment);
        advice := 'Set deployment to single_az, as Aurora is priced by the instance, or platform to rds.';
    ELSIF platform = 'rds' AND item = 'db.serverless' THEN
        problem := 'RDS has no db.serverless';
        advice := 'Set platform to aurora.';
    ELSIF platform = 'rds' AND usd_io_optimized IS NOT NULL THEN
        problem := 'RDS has no I/O-Optimized storage';
        advice := 'Leave out usd_io_optimized, or set platform to aurora.';
    -- NaN is above everything.
    ELSIF usd <= 0 OR usd >= 1000000 THEN
        problem := format('usd must be above 0 and below 1000000, not %s', left(usd::text, 64));
        advice := 'Give US dollars for one hour, GiB-month or million requests; NULL removes the price that you set before.';
    ELSIF usd IS NULL AND usd_io_optimized IS NOT NULL THEN
        problem := 'usd must not be NULL when usd_io_optimized is given';
        advice := 'Give both, or usd alone; NULL for both removes the price that you set before.';
    ELSIF usd_io_optimized < 0 OR usd_io_optimized >= 1000000
        OR usd_io_optimized = 0 AND item <> 'io' THEN
        problem := format('usd_io_optimized must be above 0 and below 1000000, not %s', left(usd_io_optimized::text, 64));
        advice := 'Give US dollars, which may be 0 for the item io, or NULL when it is not known.';
    END IF;
    IF problem IS NOT NULL THEN
        PERFORM acu_internal.raise('22023', problem, advice);
    END IF;

    PERFORM acu_internal.check_triggers('acu.price'::regclass);
    IF usd IS NULL THEN
        DELETE FROM acu.price AS p
        WHERE (p.platform, p.pricing, p.deployment, p.item, p.region)
                = (set_price.platform, set_price.pricing, set_price.deployment, set_price.item,
                   set_price.region)
            AND NOT p.builtin;
        RETURN;
    END IF;
    INSERT INTO acu.price AS p (platform, pricing, deployment, item, region, usd, usd_io_optimized)
    VALUES (set_price.platform, set_price.pricing, set_price.deployment, set_price.item,
            set_price.region, set_price.usd, set_price.usd_io_optimized)
    ON CONFLICT ON CONSTRAINT price_pkey DO UPDATE
        SET usd = excluded.usd, usd_io_optimized = excluded.usd_io_optimized,
            source = excluded.source, as_of = excluded.as_of;
    IF item LIKE 'db.%.%' AND NOT EXISTS (
        SELECT FROM acu.instance_class AS c WHERE c.instance_class = item)
    THEN
        RAISE WARNING USING
            MESSAGE = format('the size of %s is not known', item),
            HINT = concat_ws(
                ' ',
                acu_internal.did_you_mean(
                    item, ARRAY(SELECT c.instance_class FROM acu.current_instance_class AS c
                                ORDER BY c.instance_class)),
                'Set its size with acu.set_instance_class.');
    END IF;
END
$$;
COMMENT ON FUNCTION acu.set_price IS
'sets a price in US dollars, which wins over the extension''s own, or removes it again when usd is NULL; acu.price describes the arguments; needs the right to change acu.price';
