-- targets: the servers whose workload is kept here.

CREATE TABLE acu.target (
    id      int PRIMARY KEY CHECK (id > 0),
    name    text NOT NULL UNIQUE CHECK (name <> ''),
    kind    text NOT NULL CHECK (kind IN ('local', 'import')),
    builtin boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('acu.target', 'WHERE NOT builtin');
COMMENT ON TABLE acu.target IS
'servers whose workload is stored here: this one, and those whose history was imported';
COMMENT ON COLUMN acu.target.id IS 'number of the target, in the samples';
COMMENT ON COLUMN acu.target.name IS 'name of the target, for the functions of acu';
COMMENT ON COLUMN acu.target.kind IS 'local: this server, which is sampled; import: filled by import';
COMMENT ON COLUMN acu.target.builtin IS 'whether it comes with the extension; such rows are not dumped';
INSERT INTO acu.target (id, name, kind, builtin) VALUES (1, 'local', 'local', true);

-- A sequence would lose numbers, and begin anew in a restored database.
CREATE FUNCTION acu_internal.free_target_id() RETURNS int
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT min(n.next)
    FROM (SELECT 2 UNION ALL SELECT t.id + 1 FROM acu.target AS t) AS n (next)
    WHERE NOT EXISTS (SELECT FROM acu.target AS t WHERE t.id = n.next)
$$;
COMMENT ON FUNCTION acu_internal.free_target_id IS 'lowest number above 1 that no target has';
ALTER TABLE acu.target ALTER COLUMN id SET DEFAULT acu_internal.free_target_id();

CREATE FUNCTION acu_internal.target_id(target text) RETURNS int
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found CONSTANT int := (SELECT t.id FROM acu.target AS t WHERE t.name = target);
    most_listed CONSTANT int := 10;
    names text[];
BEGIN
    IF target IS NULL THEN
        PERFORM acu_internal.raise('22004',
            'target must not be NULL',
            'Use ''local'' for this server, or a name from the table acu.target.');
    ELSIF found IS NULL THEN
        names := ARRAY(SELECT t.name FROM acu.target AS t ORDER BY t.id);
        PERFORM acu_internal.raise('P0002',
            format('target "%s" does not exist', left(target, 64)),
            CASE WHEN cardinality(names) <= most_listed
                 THEN format('The targets are: %s.', array_to_string(names, ', '))
                 ELSE concat_ws(' ', acu_internal.did_you_mean(target, names),
                                format('The table acu.target lists all %s.', cardinality(names))) END);
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION acu_internal.target_id IS
'the id of a target by its name; an error that lists the names, or when there are many near ones, when there is none';
