-- Chia một bảng lớn theo tỉnh / a large table divided by province.
--
-- Chạy trong cơ sở dữ liệu của kho, với chủ của bảng, khi không ai sửa dữ liệu; tất cả hoặc không gì cả.
-- Run it in the store's database, as the owner of the table, while nobody edits; all of it is done or nothing:
--     psql -d DATABASE -v table=parcels -v column=province_code -f partition.sql
-- "table" là một bảng do langxanh tạo (cột fid, id); "column" là cột chữ chứa mã tỉnh, cột có sẵn.
-- "table" is a table that langxanh made (columns fid and id), "column" a column of texts in it that names the province.
-- Thêm -v shelf=… nếu bảng không ở schema public / add -v shelf=… where the table is not in the schema public.
--
-- The table gets a partition for each province that it has and one, "…_other", for all others and for rows without one.
-- Later a province gets its own by hand, while "…_other" holds none of its rows:
--     CREATE TABLE parcels_35 PARTITION OF parcels FOR VALUES IN ('35');
--     SELECT langxanh.only_through('parcels_35', 'parcels');
--
-- A part that is detached takes its rows along and leaves their ids taken: DELETE FROM langxanh.keys_of_parcels … by hand.
--
-- What a partitioned table cannot promise by an index of its own is that an id, or the number of a row, is there once: its
-- unique indexes hold the province too. So ids and numbers stand in a table beside it, langxanh.keys_of_…, in the same
-- transaction; who writes an id that is taken is refused, whatever province he names.
--
-- "plan_parcels" and "buildings" can be divided as well, after a column was added: ALTER TABLE buildings ADD province_code text;
-- A backup holds the rows and not the partitions: run this again after a restore.

\set ON_ERROR_STOP on
\if :{?shelf}
\else
    \set shelf public
\endif

BEGIN;

-- One writer at a time, and the service looks at everything again afterwards.
SELECT langxanh.tell();

-- After a statement has written to a partitioned table: ids and numbers of its rows. Argument: the table that holds them.
CREATE OR REPLACE FUNCTION langxanh.keep_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = langxanh, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('DELETE FROM langxanh.%I k USING went o WHERE k.id = o.id', TG_ARGV[0]);
    ELSIF TG_OP = 'INSERT' THEN
        EXECUTE format('INSERT INTO langxanh.%I (id, fid) SELECT id, fid FROM came', TG_ARGV[0]);
    ELSE
        EXECUTE format('DELETE FROM langxanh.%I k USING went o WHERE k.id = o.id
            AND NOT EXISTS (SELECT 1 FROM came n WHERE n.id = o.id AND n.fid = o.fid)', TG_ARGV[0]);
        EXECUTE format('INSERT INTO langxanh.%I (id, fid) SELECT n.id, n.fid FROM came n
            WHERE NOT EXISTS (SELECT 1 FROM went o WHERE o.id = n.id AND o.fid = n.fid)', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$;

-- Before a statement writes to a partition by its own name: history, journal and keys would not notice.
CREATE OR REPLACE FUNCTION langxanh.refuse_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Hãy ghi vào bảng %, không ghi vào phần % của nó / write to the table %, not to its part %',
        TG_ARGV[0], TG_TABLE_NAME, TG_ARGV[0], TG_TABLE_NAME;
END $$;

-- Makes sure of that for a partition.
CREATE OR REPLACE FUNCTION langxanh.only_through(part regclass, whole regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER langxanh_part BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT
        EXECUTE FUNCTION langxanh.refuse_part(%L)', part, whole::text);
END $$;

SELECT set_config('langxanh.shelf', :'shelf', true), set_config('langxanh.table', :'table', true),
    set_config('langxanh.column', :'column', true) \gset ignored_

DO $$
DECLARE
    shelf text := current_setting('langxanh.shelf');
    named text := current_setting('langxanh.table');
    province text := current_setting('langxanh.column');
    whole text := format('%I.%I', shelf, named);
    old text := format('%I.%I', shelf, left(named, 50) || '_undivided');
    keys text := left('keys_of_' || named, 63);
    kept oid := whole::regclass;
    triggers text[];
    indexes text[];
    statement text;
    part text;
    value text;
    next bigint;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = kept) <> 'r' THEN
        RAISE EXCEPTION '%: không phải bảng thường / is no plain table', whole;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                   WHERE i.indrelid = kept AND i.indisprimary AND i.indnkeyatts = 1 AND a.attname = 'fid') THEN
        RAISE EXCEPTION '%: không do langxanh tạo / was not made by langxanh', whole;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = kept AND attname = province AND atttypid = 'text'::regtype) THEN
        RAISE EXCEPTION '%: không có cột chữ % / has no column of texts of this name', whole, province;
    END IF;
    SELECT array_agg(pg_get_triggerdef(oid)) INTO triggers FROM pg_trigger WHERE tgrelid = kept AND NOT tgisinternal;
    SELECT array_agg(substring(pg_get_indexdef(indexrelid) FROM ' USING .*$')) INTO indexes
        FROM pg_index WHERE indrelid = kept AND NOT indisunique;
    EXECUTE format('SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM %s',
        pg_get_serial_sequence(whole, 'fid')) INTO next;

    EXECUTE format('ALTER TABLE %s RENAME TO %I', whole, left(named, 50) || '_undivided');
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS INCLUDING IDENTITY
        INCLUDING STORAGE) PARTITION BY LIST (%I)', whole, old, province);
    EXECUTE format('COMMENT ON TABLE %s IS %L', whole, obj_description(kept, 'pg_class'));
    EXECUTE format('CREATE TABLE langxanh.%I (id text COLLATE "C" PRIMARY KEY, fid bigint NOT NULL UNIQUE)', keys);
    FOR value IN EXECUTE format('SELECT DISTINCT %I FROM %s WHERE %I IS NOT NULL ORDER BY 1', province, old, province) LOOP
        part := format('%I.%I', shelf, left(named, 40) || '_' || left(value, 12));
        EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES IN (%L)', part, whole, value);
    END LOOP;
    EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s DEFAULT', shelf, left(named, 40) || '_other', whole);
    EXECUTE format('INSERT INTO %s SELECT * FROM %s', whole, old);
    EXECUTE format('INSERT INTO langxanh.%I (id, fid) SELECT id, fid FROM %s', keys, old);

    -- By this rows of all partitions come in the order of their numbers. It is not unique, though they are: a table with a
    -- unique index takes no partition of another server.
    EXECUTE format('CREATE INDEX ON %s (fid)', whole);
    EXECUTE format('CREATE INDEX ON %s (id)', whole);
    FOREACH statement IN ARRAY coalesce(indexes, '{}') LOOP
        EXECUTE format('CREATE INDEX ON %s %s', whole, statement);
    END LOOP;
    PERFORM setval(pg_get_serial_sequence(whole, 'fid'), next, false);

    FOREACH statement IN ARRAY coalesce(triggers, '{}') LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE format('CREATE TRIGGER keep_keys_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS came
        FOR EACH STATEMENT EXECUTE FUNCTION langxanh.keep_keys(%L)', whole, keys);
    EXECUTE format('CREATE TRIGGER keep_keys_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS went NEW TABLE AS came
        FOR EACH STATEMENT EXECUTE FUNCTION langxanh.keep_keys(%L)', whole, keys);
    EXECUTE format('CREATE TRIGGER keep_keys_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS went
        FOR EACH STATEMENT EXECUTE FUNCTION langxanh.keep_keys(%L)', whole, keys);
    FOR part IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = whole::regclass LOOP
        PERFORM langxanh.only_through(part::regclass, whole::regclass);
    END LOOP;

    -- Whoever had rights has them still.
    EXECUTE format('ALTER TABLE %s OWNER TO %I', whole, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = kept));
    FOR statement IN
        SELECT format('GRANT %s ON %s TO %s', privilege_type, whole,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
        FROM pg_class, aclexplode(relacl) WHERE oid = kept AND grantee <> relowner
    LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE format('DROP TABLE %s', old);
END $$;

COMMIT;

SELECT relname AS part, reltuples FROM pg_class WHERE oid IN
    (SELECT inhrelid FROM pg_inherits WHERE inhparent = format('%I.%I', :'shelf', :'table')::regclass) ORDER BY 1;
