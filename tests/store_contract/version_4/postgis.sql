-- A store as the fourth version made it on PostGIS, with some rows that came, changed and went: pg_dump of that version's store.
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
CREATE SCHEMA langxanh;
CREATE FUNCTION langxanh.after_write() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'langxanh', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET extra_float_digits TO '1'
    AS $_$
DECLARE
    keeps boolean := TG_ARGV[1] = 'register' AND coalesce(current_setting('langxanh.writing', true), '') <> 'on';
    place text := TG_ARGV[2];
    change bigint;
    columns text;
    old_rows text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO langxanh.langxanh_touched (collection, fid) SELECT TG_TABLE_NAME, n.fid FROM came n ORDER BY n.fid;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO langxanh.langxanh_touched (collection, fid) SELECT TG_TABLE_NAME, o.fid FROM went o ORDER BY o.fid;
    ELSE
        INSERT INTO langxanh.langxanh_touched (collection, fid)
            SELECT TG_TABLE_NAME, fid FROM (SELECT fid FROM went UNION SELECT fid FROM came) r ORDER BY fid;
    END IF;
    IF NOT keeps THEN
        RETURN NULL;
    END IF;
    -- A statement that wrote no row is no change.
    IF TG_OP = 'INSERT' THEN
        PERFORM 1 FROM came LIMIT 1;
    ELSE
        PERFORM 1 FROM went LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO langxanh.langxanh_changes (at, who, what, collection, inserted, updated, deleted)
        VALUES (to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'another program (' || session_user || ')',
                'edit of the table' || coalesce(' by ' || nullif(current_setting('application_name'), ''), ''), TG_ARGV[0], 0, 0, 0)
        RETURNING change_id INTO change;
    -- A row as the history holds it: its values by name, without those that are null; the place stands beside it.
    SELECT string_agg(format('o.%I', a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute a
        WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('fid', 'id', place);
    old_rows := format(
        'SELECT o.fid, o.id, (SELECT jsonb_strip_nulls(to_jsonb(x))::text FROM (SELECT %s) x) AS was, %s AS place FROM went o',
        columns,
        CASE WHEN place = '' THEN 'NULL::bytea' ELSE format(
            'CASE WHEN o.%I IS NULL THEN NULL ELSE %L::bytea || public.ST_AsBinary(o.%I, ''NDR'') END', place, TG_ARGV[3], place) END);
    IF TG_OP = 'INSERT' THEN
        INSERT INTO langxanh.langxanh_history (change_id, collection, id, operation)
            SELECT change, TG_ARGV[0], n.id, 'insert' FROM came n ORDER BY n.fid;
    ELSIF TG_OP = 'DELETE' THEN
        EXECUTE format('INSERT INTO langxanh.langxanh_history (change_id, collection, id, operation, before_values, before_geom)
            SELECT $1, $2, r.id, ''delete'', r.was, r.place FROM (%s) r ORDER BY r.fid', old_rows) USING change, TG_ARGV[0];
    ELSE
        -- A row whose id is another one is, for the history, one that went and one that came.
        EXECUTE format('INSERT INTO langxanh.langxanh_history (change_id, collection, id, operation, before_values, before_geom)
            SELECT $1, $2, r.id, CASE WHEN EXISTS (SELECT 1 FROM came n WHERE n.id = r.id) THEN ''update'' ELSE ''delete'' END,
                r.was, r.place FROM (%s) r ORDER BY r.fid', old_rows) USING change, TG_ARGV[0];
        INSERT INTO langxanh.langxanh_history (change_id, collection, id, operation)
            SELECT change, TG_ARGV[0], n.id, 'insert' FROM came n
            WHERE NOT EXISTS (SELECT 1 FROM went o WHERE o.id = n.id) ORDER BY n.fid;
    END IF;
    UPDATE langxanh.langxanh_changes SET
        inserted = (SELECT count(*) FROM langxanh.langxanh_history WHERE change_id = change AND operation = 'insert'),
        updated = (SELECT count(*) FROM langxanh.langxanh_history WHERE change_id = change AND operation = 'update'),
        deleted = (SELECT count(*) FROM langxanh.langxanh_history WHERE change_id = change AND operation = 'delete')
        WHERE change_id = change;
    RETURN NULL;
END $_$;
CREATE FUNCTION langxanh.before_write() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'langxanh', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'TRUNCATE would leave no history of %: use DELETE', TG_TABLE_NAME;
    END IF;
    IF coalesce(current_setting('langxanh.writing', true), '') <> 'on'
        AND coalesce(current_setting('langxanh.told', true), '') <> pg_current_xact_id()::text THEN
        PERFORM langxanh.tell();
        PERFORM set_config('langxanh.told', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION langxanh.tell() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'langxanh', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7809644619517488744);
    UPDATE langxanh_meta SET value = (value::bigint + 1)::text WHERE key = 'version';
    PERFORM pg_notify('langxanh', '');
END $$;
CREATE TABLE langxanh.langxanh_attachments ( attachment bigint NOT NULL, collection text NOT NULL COLLATE pg_catalog."C", id text NOT NULL COLLATE pg_catalog."C", sha256 text NOT NULL COLLATE pg_catalog."C", name text NOT NULL COLLATE pg_catalog."C", media_type text NOT NULL COLLATE pg_catalog."C", bytes bigint NOT NULL, width bigint NOT NULL, height bigint NOT NULL, at text NOT NULL COLLATE pg_catalog."C", who text NOT NULL COLLATE pg_catalog."C", removed_at text COLLATE pg_catalog."C", removed_by text COLLATE pg_catalog."C" );
ALTER TABLE langxanh.langxanh_attachments ALTER COLUMN attachment ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_attachments_attachment_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_baseline ( collection text NOT NULL COLLATE pg_catalog."C", id text NOT NULL COLLATE pg_catalog."C", after bytea );
CREATE TABLE langxanh.langxanh_chain ( seq bigint NOT NULL, kind text NOT NULL COLLATE pg_catalog."C", subject bigint NOT NULL, sealed_at text NOT NULL COLLATE pg_catalog."C", hash text NOT NULL COLLATE pg_catalog."C" );
ALTER TABLE langxanh.langxanh_chain ALTER COLUMN seq ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_chain_seq_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_changes ( change_id bigint NOT NULL, at text NOT NULL COLLATE pg_catalog."C", who text NOT NULL COLLATE pg_catalog."C", what text NOT NULL COLLATE pg_catalog."C", collection text NOT NULL COLLATE pg_catalog."C", inserted bigint, updated bigint, deleted bigint, why text COLLATE pg_catalog."C", batch bigint );
ALTER TABLE langxanh.langxanh_changes ALTER COLUMN change_id ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_changes_change_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_history ( rowid bigint NOT NULL, change_id bigint NOT NULL, collection text NOT NULL COLLATE pg_catalog."C", id text NOT NULL COLLATE pg_catalog."C", operation text NOT NULL COLLATE pg_catalog."C", before_values text COLLATE pg_catalog."C", before_geom bytea, after bytea );
ALTER TABLE langxanh.langxanh_history ALTER COLUMN rowid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_history_rowid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_meta ( key text NOT NULL COLLATE pg_catalog."C", value text NOT NULL COLLATE pg_catalog."C" );
CREATE TABLE langxanh.langxanh_proposals ( id bigint NOT NULL, at text NOT NULL COLLATE pg_catalog."C", who text NOT NULL COLLATE pg_catalog."C", why text COLLATE pg_catalog."C", edits text NOT NULL COLLATE pg_catalog."C", state text NOT NULL COLLATE pg_catalog."C", decided_by text COLLATE pg_catalog."C", decided_at text COLLATE pg_catalog."C", note text COLLATE pg_catalog."C" );
ALTER TABLE langxanh.langxanh_proposals ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_proposals_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_quarters ( act_id bigint NOT NULL, quarter text NOT NULL COLLATE pg_catalog."C", last_day text NOT NULL COLLATE pg_catalog."C", step text NOT NULL COLLATE pg_catalog."C", at text NOT NULL COLLATE pg_catalog."C", who text NOT NULL COLLATE pg_catalog."C", why text COLLATE pg_catalog."C", figures text COLLATE pg_catalog."C", sha256 text COLLATE pg_catalog."C" );
ALTER TABLE langxanh.langxanh_quarters ALTER COLUMN act_id ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_quarters_act_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_source_pieces ( sha256 text NOT NULL COLLATE pg_catalog."C", piece bigint NOT NULL, content bytea NOT NULL );
CREATE TABLE langxanh.langxanh_sources ( sha256 text NOT NULL COLLATE pg_catalog."C", name text NOT NULL COLLATE pg_catalog."C", bytes bigint NOT NULL, kept_at text NOT NULL COLLATE pg_catalog."C" );
CREATE TABLE langxanh.langxanh_tokens ( id bigint NOT NULL, "user" text NOT NULL COLLATE pg_catalog."C", sha256 text NOT NULL COLLATE pg_catalog."C", made_at text NOT NULL COLLATE pg_catalog."C", expires_at text COLLATE pg_catalog."C" );
ALTER TABLE langxanh.langxanh_tokens ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_tokens_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_touched ( seq bigint NOT NULL, collection text NOT NULL COLLATE pg_catalog."C", fid bigint NOT NULL );
ALTER TABLE langxanh.langxanh_touched ALTER COLUMN seq ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME langxanh.langxanh_touched_seq_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE langxanh.langxanh_users ( name text NOT NULL COLLATE pg_catalog."C", role text NOT NULL COLLATE pg_catalog."C", collections text COLLATE pg_catalog."C", districts text COLLATE pg_catalog."C", proposes bigint NOT NULL, made_at text NOT NULL COLLATE pg_catalog."C" );
CREATE TABLE public.admin_unit_changes ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", old_code text NOT NULL, old_type text, old_name_vi text NOT NULL, district_legacy text, new_code text NOT NULL, new_name_vi text, relation text, effective_on date, source text, source_date date, is_demo boolean );
ALTER TABLE public.admin_unit_changes ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.admin_unit_changes_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.admin_units ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(MultiPolygon,4326), code text NOT NULL, name_vi text NOT NULL, unit_type text, level text NOT NULL, district_legacy text, area_km2 double precision, valid_from date, valid_to date, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.admin_units ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.admin_units_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.buildings ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Polygon,5897), site_collection text, site_id text NOT NULL, name_vi text, use_vi text, storeys bigint, height_m double precision, built_on date, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.buildings ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.buildings_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.clusters ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(MultiPolygon,4326), name_vi text NOT NULL, status text, area_ha double precision, commune_legacy text, district_legacy text, commune_2025 text, commune_2025_code text, established_year bigint, established_on date, construction_started_on date, investor text, main_trade text, decision text, is_craft_village_cluster boolean, is_mountainous boolean, in_provincial_scheme boolean, scheme_decision text, industrial_ha double precision, leased_industrial_ha double precision, craft_industrial_ha double precision, green_ha double precision, resident_households bigint, land_required_ha double precision, land_cleared_ha double precision, investor_score double precision, unleased_land_published_on date, newest_project_on date, establishments_total bigint, establishments_exempt bigint, establishments_connected bigint, wastewater_m3_day double precision, has_incident_works boolean, env_staff bigint, env_regulation_on date, env_report_year bigint, confidence text, notes text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.clusters ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.clusters_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.craft_villages ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Point,4326), name_vi text NOT NULL, craft_group text, trade_vi text, recognition text, recognition_confidence text, commune_legacy text, district_legacy text, commune_2025 text, commune_2025_code text, pollution_class text, pollution_class_water text, pollution_class_air text, pollution_class_soil text, pollution_class_year bigint, pollution_report text, central_treatment_required boolean, households_total bigint, households_in_trade bigint, trade_since_year bigint, env_plan_approved_on date, has_self_management boolean, has_wastewater_collection boolean, has_rainwater_collection boolean, has_solid_waste_point boolean, is_discouraged_trade boolean, households_with_wastewater bigint, households_treating bigint, wastewater_m3_day double precision, has_incident_works boolean, env_staff bigint, env_regulation_on date, env_report_year bigint, confidence text, notes text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.craft_villages ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.craft_villages_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.effluent_samples ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Point,4326), station_id text NOT NULL, sample_date date NOT NULL, sample_point text, parameter_code text NOT NULL, value_reported text, value double precision, censored text, detection_limit double precision, unit text, averaging_period_h double precision, lab text, report_no text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.effluent_samples ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.effluent_samples_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.infrastructure_items ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", site_collection text, site_id text NOT NULL, item_code text NOT NULL, status text, fence_side text, built_pct double precision, state_date date, budget_level text, budget_year bigint, cost_vnd double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.infrastructure_items ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.infrastructure_items_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.lots ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Point,4326), name_vi text, area double precision, built boolean, since date, n bigint );
ALTER TABLE public.lots ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.lots_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.milestones ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", site_collection text, site_id text NOT NULL, milestone text NOT NULL, planned_on date, actual_on date, land_handed_over_pct double precision, decision text, fill_pct double precision, unleased_ha double precision, demand_exceeds_remaining boolean, infrastructure_ready boolean, blocking_step text, source text, source_date date, is_demo boolean );
ALTER TABLE public.milestones ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.milestones_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.plan_decisions ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", plan_id text NOT NULL, finding_id text, decision text NOT NULL, rule_id text, building_id text, violation_id text, note text, decided_by text, decided_on date, facts_mark text, source text, source_date date, is_demo boolean );
ALTER TABLE public.plan_decisions ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.plan_decisions_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.plan_lines ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(MultiLineString,5897), plan_id text NOT NULL, line_kind text NOT NULL, item_code text, width_m double precision, label text, layer text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.plan_lines ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.plan_lines_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.plan_parcels ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Polygon,5897), plan_id text NOT NULL, lot_symbol text, land_use_code text, area_m2 double precision, density_max_pct double precision, storeys_max bigint, far_max double precision, height_max_m double precision, setback_m double precision, use_vi text, item_code text, layer text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.plan_parcels ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.plan_parcels_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.plans ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(MultiPolygon,5897), site_collection text, site_id text NOT NULL, name_vi text NOT NULL, status text, decision_no text, authority text, submitted_on date, approved_on date, published_on date, superseded_on date, task_approved_on date, consulted_on date, appraised_on date, area_ha double precision, version text, scale bigint, adjustment_case bigint, source_file text, source_sha256 text, intake_notes text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.plans ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.plans_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.treatment_stations ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Point,4326), site_collection text, site_id text NOT NULL, name_vi text, status text, status_date date, treatment_kind text, capacity_m3_day double precision, inflow_m3_day double precision, commissioned_on date, effluent_standard text, effluent_column text, permit_parameters text, receiving_water_name text, receiving_kind text, receiving_is_saline boolean, q_m3s double precision, q_source text, v_1e6_m3 double precision, f_m3_day_permit double precision, premises text, env_permit_status text, env_permit_no text, env_permit_issued_on date, env_permit_expires_on date, auto_monitoring_status text, auto_monitoring_since date, discharges_to_storm_drain boolean, has_power_meter boolean, operation_log_since date, is_sludge_handled boolean, inlet_standard text, nearest_housing_m double precision, is_upwind boolean, notes text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.treatment_stations ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.treatment_stations_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.violations ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(Geometry,4326), site_collection text, site_id text NOT NULL, violation_kind text NOT NULL, status text, opened_on date, closed_on date, legal_basis text, decision_no text, fine_vnd double precision, remedy text, deadline_on date, found_by text, evidence text, plan_id text, finding_id text, building_id text, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.violations ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.violations_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.waterways ( fid bigint NOT NULL, id text DEFAULT substr(replace((gen_random_uuid())::text, '-'::text, ''::text), 1, 16) NOT NULL COLLATE pg_catalog."C", geom public.geometry(MultiLineString,4326), name_vi text NOT NULL, waterway_kind text, flows_into text, q_m3s double precision, position_precision_m double precision, source text, source_date date, is_demo boolean );
ALTER TABLE public.waterways ALTER COLUMN fid ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.waterways_fid_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
INSERT INTO langxanh.langxanh_chain VALUES (1, 'baseline', 0, '2026-11-26T17:19:14.441Z', '973b6a9b20576e15ee06a267a018a9b0da71384c5035700fbb408e89b448fc32');
INSERT INTO langxanh.langxanh_chain VALUES (2, 'change', 1, '2026-11-26T17:19:14.533Z', 'c9e011a314d98df4b2d06ae7938f8f90eac6376e6f71b51bf63a704571516f87');
INSERT INTO langxanh.langxanh_chain VALUES (3, 'change', 2, '2026-11-26T17:19:14.977Z', '063ecf708a98c291e097765b50c6ae5faec8da34b08381313b110724404d217a');
INSERT INTO langxanh.langxanh_chain VALUES (4, 'change', 3, '2026-11-26T17:19:15.173Z', '7d24f401abfcd20984d9ce00cfa5f4bf7c88585473cf04dce3d057c0b8932d2a');
INSERT INTO langxanh.langxanh_chain VALUES (5, 'change', 4, '2026-11-26T17:19:15.496Z', '266b8f62cda63335f18118285860081c484214e7b2f31c12699d729ba39f96c2');
INSERT INTO langxanh.langxanh_chain VALUES (6, 'change', 5, '2026-11-26T17:19:15.950Z', '3bd9be0e3c45fe078f9050c7cca0289cd50032c0afd4ae1ab05aa4734b0dcbc4');
INSERT INTO langxanh.langxanh_changes VALUES (1, '2026-11-26T17:19:14.533Z', 'cli', 'import clusters.geojson', 'clusters', 1, 0, 0, NULL, 1);
INSERT INTO langxanh.langxanh_changes VALUES (2, '2026-11-26T17:19:14.977Z', 'cli', 'import milestones.geojson', 'milestones', 2, 0, 0, NULL, 2);
INSERT INTO langxanh.langxanh_changes VALUES (3, '2026-11-26T17:19:15.173Z', 'cli', 'import milestones2.geojson', 'milestones', 0, 1, 1, NULL, 3);
INSERT INTO langxanh.langxanh_changes VALUES (4, '2026-11-26T17:19:15.496Z', 'cli', 'import lots.geojson', 'lots', 2, 0, 0, NULL, 4);
INSERT INTO langxanh.langxanh_changes VALUES (5, '2026-11-26T17:19:15.949Z', 'cli', 'import parcels.geojson', 'plan_parcels', 1, 0, 0, NULL, 5);
INSERT INTO langxanh.langxanh_history VALUES (1, 1, 'clusters', 'c', 'insert', NULL, NULL, '\x51fa4b601b18d2ba0dcebfe75de4f2f24d7c61d7f9e5c38e8a1d991890e69d15');
INSERT INTO langxanh.langxanh_history VALUES (2, 2, 'milestones', 'm1', 'insert', NULL, NULL, '\xb690e0d160b0191cf84d87a088a8b40ac2fbfa7b9211807b3029b2a3b1cb4b25');
INSERT INTO langxanh.langxanh_history VALUES (3, 2, 'milestones', 'm2', 'insert', NULL, NULL, '\x02c4b8e53ea863516082f8f65f9836cb809b9e73e11ffaeaddfb60795b766c1a');
INSERT INTO langxanh.langxanh_history VALUES (5, 3, 'milestones', 'm2', 'delete', '{"site_collection":"clusters","site_id":"c","milestone":"founded","decision":"QĐ 2"}', NULL, NULL);
INSERT INTO langxanh.langxanh_history VALUES (4, 3, 'milestones', 'm1', 'update', '{"site_collection":"clusters","site_id":"c","milestone":"founded","decision":"QĐ 1"}', NULL, '\xea8ce0968afb9a6531c8e25ef5ad8cf3a9f656eb211b951464a133c6f4b4aa79');
INSERT INTO langxanh.langxanh_history VALUES (6, 4, 'lots', 'a', 'insert', NULL, NULL, '\x88fa19f615fdbd36000dc2387a8c00110f731cc31d67d1cdf8dac8153f239996');
INSERT INTO langxanh.langxanh_history VALUES (7, 4, 'lots', 'b', 'insert', NULL, NULL, '\x020028d364fb7d400cc14b00a29d77404aa95c234213f8473c7205d0e9d6dd24');
INSERT INTO langxanh.langxanh_history VALUES (8, 5, 'plan_parcels', 'p1-01', 'insert', NULL, NULL, '\x237ceacd8a37962d7b9d520c1a133c400b366704287034fdc046f28910448a22');
INSERT INTO langxanh.langxanh_meta VALUES ('schema_version', '4');
INSERT INTO langxanh.langxanh_meta VALUES ('forgotten', '0');
INSERT INTO langxanh.langxanh_meta VALUES ('version', '8');
INSERT INTO langxanh.langxanh_tokens VALUES (1, 'lan', '4b0729c2c9ffb8c003e37d6746d7169a71b316f4aa8227a4fe7d7ff33da11c36', '2026-11-26T17:19:16.125Z', NULL);
INSERT INTO langxanh.langxanh_touched VALUES (1, 'clusters', 1);
INSERT INTO langxanh.langxanh_touched VALUES (2, 'milestones', 1);
INSERT INTO langxanh.langxanh_touched VALUES (3, 'milestones', 2);
INSERT INTO langxanh.langxanh_touched VALUES (4, 'milestones', 1);
INSERT INTO langxanh.langxanh_touched VALUES (5, 'milestones', 2);
INSERT INTO langxanh.langxanh_touched VALUES (6, 'lots', 1);
INSERT INTO langxanh.langxanh_touched VALUES (7, 'lots', 2);
INSERT INTO langxanh.langxanh_touched VALUES (8, 'plan_parcels', 1);
INSERT INTO langxanh.langxanh_users VALUES ('lan', 'editor', NULL, NULL, 0, '2026-11-26T17:19:16.125Z');
INSERT INTO public.clusters VALUES (1, 'c', '0106000020E610000001000000010300000001000000040000006666666666665A400000000000003540D7A3703D0A675A400000000000003540D7A3703D0A675A40C3F5285C8F0235406666666666665A400000000000003540', 'Cụm "cũ"', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true);
INSERT INTO public.lots VALUES (1, 'a', '0101000020E6100000CDCCCCCCCC6C5A40CDCCCCCCCC0C3540', 'Lô A', 0.30000000000000004, true, '2024-02-29', 3);
INSERT INTO public.lots VALUES (2, 'b', NULL, 'Lô ''B''', NULL, false, NULL, NULL);
INSERT INTO public.milestones VALUES (1, 'm1', 'clusters', 'c', 'founded', NULL, NULL, NULL, 'QĐ 1 (sửa)', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.plan_parcels VALUES (1, 'p1-01', '0103000020091700000100000004000000E36E886309282141F53D08DE3EB94141614F89AA28302141EE2BA6D540B94141F8592037203021417B2FB7626ABB4141E36E886309282141F53D08DE3EB94141', 'p1', 'CN-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT pg_catalog.setval('langxanh.langxanh_attachments_attachment_seq', 1, false);
SELECT pg_catalog.setval('langxanh.langxanh_chain_seq_seq', 1, false);
SELECT pg_catalog.setval('langxanh.langxanh_changes_change_id_seq', 5, true);
SELECT pg_catalog.setval('langxanh.langxanh_history_rowid_seq', 8, true);
SELECT pg_catalog.setval('langxanh.langxanh_proposals_id_seq', 1, false);
SELECT pg_catalog.setval('langxanh.langxanh_quarters_act_id_seq', 1, false);
SELECT pg_catalog.setval('langxanh.langxanh_tokens_id_seq', 1, true);
SELECT pg_catalog.setval('langxanh.langxanh_touched_seq_seq', 8, true);
SELECT pg_catalog.setval('public.admin_unit_changes_fid_seq', 1, false);
SELECT pg_catalog.setval('public.admin_units_fid_seq', 1, false);
SELECT pg_catalog.setval('public.buildings_fid_seq', 1, false);
SELECT pg_catalog.setval('public.clusters_fid_seq', 2, false);
SELECT pg_catalog.setval('public.craft_villages_fid_seq', 1, false);
SELECT pg_catalog.setval('public.effluent_samples_fid_seq', 1, false);
SELECT pg_catalog.setval('public.infrastructure_items_fid_seq', 1, false);
SELECT pg_catalog.setval('public.lots_fid_seq', 3, false);
SELECT pg_catalog.setval('public.milestones_fid_seq', 3, false);
SELECT pg_catalog.setval('public.plan_decisions_fid_seq', 1, false);
SELECT pg_catalog.setval('public.plan_lines_fid_seq', 1, false);
SELECT pg_catalog.setval('public.plan_parcels_fid_seq', 2, false);
SELECT pg_catalog.setval('public.plans_fid_seq', 1, false);
SELECT pg_catalog.setval('public.treatment_stations_fid_seq', 1, false);
SELECT pg_catalog.setval('public.violations_fid_seq', 1, false);
SELECT pg_catalog.setval('public.waterways_fid_seq', 1, false);
ALTER TABLE ONLY langxanh.langxanh_attachments ADD CONSTRAINT langxanh_attachments_pkey PRIMARY KEY (attachment);
ALTER TABLE ONLY langxanh.langxanh_baseline ADD CONSTRAINT langxanh_baseline_pkey PRIMARY KEY (collection, id);
ALTER TABLE ONLY langxanh.langxanh_chain ADD CONSTRAINT langxanh_chain_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY langxanh.langxanh_changes ADD CONSTRAINT langxanh_changes_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY langxanh.langxanh_history ADD CONSTRAINT langxanh_history_pkey PRIMARY KEY (rowid);
ALTER TABLE ONLY langxanh.langxanh_meta ADD CONSTRAINT langxanh_meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY langxanh.langxanh_proposals ADD CONSTRAINT langxanh_proposals_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langxanh.langxanh_quarters ADD CONSTRAINT langxanh_quarters_pkey PRIMARY KEY (act_id);
ALTER TABLE ONLY langxanh.langxanh_source_pieces ADD CONSTRAINT langxanh_source_pieces_pkey PRIMARY KEY (sha256, piece);
ALTER TABLE ONLY langxanh.langxanh_sources ADD CONSTRAINT langxanh_sources_pkey PRIMARY KEY (sha256);
ALTER TABLE ONLY langxanh.langxanh_tokens ADD CONSTRAINT langxanh_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langxanh.langxanh_tokens ADD CONSTRAINT langxanh_tokens_sha256_key UNIQUE (sha256);
ALTER TABLE ONLY langxanh.langxanh_touched ADD CONSTRAINT langxanh_touched_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY langxanh.langxanh_users ADD CONSTRAINT langxanh_users_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.admin_unit_changes ADD CONSTRAINT admin_unit_changes_id_key UNIQUE (id);
ALTER TABLE ONLY public.admin_unit_changes ADD CONSTRAINT admin_unit_changes_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.admin_units ADD CONSTRAINT admin_units_id_key UNIQUE (id);
ALTER TABLE ONLY public.admin_units ADD CONSTRAINT admin_units_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.buildings ADD CONSTRAINT buildings_id_key UNIQUE (id);
ALTER TABLE ONLY public.buildings ADD CONSTRAINT buildings_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.clusters ADD CONSTRAINT clusters_id_key UNIQUE (id);
ALTER TABLE ONLY public.clusters ADD CONSTRAINT clusters_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.craft_villages ADD CONSTRAINT craft_villages_id_key UNIQUE (id);
ALTER TABLE ONLY public.craft_villages ADD CONSTRAINT craft_villages_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.effluent_samples ADD CONSTRAINT effluent_samples_id_key UNIQUE (id);
ALTER TABLE ONLY public.effluent_samples ADD CONSTRAINT effluent_samples_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.infrastructure_items ADD CONSTRAINT infrastructure_items_id_key UNIQUE (id);
ALTER TABLE ONLY public.infrastructure_items ADD CONSTRAINT infrastructure_items_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.lots ADD CONSTRAINT lots_id_key UNIQUE (id);
ALTER TABLE ONLY public.lots ADD CONSTRAINT lots_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.milestones ADD CONSTRAINT milestones_id_key UNIQUE (id);
ALTER TABLE ONLY public.milestones ADD CONSTRAINT milestones_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.plan_decisions ADD CONSTRAINT plan_decisions_id_key UNIQUE (id);
ALTER TABLE ONLY public.plan_decisions ADD CONSTRAINT plan_decisions_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.plan_lines ADD CONSTRAINT plan_lines_id_key UNIQUE (id);
ALTER TABLE ONLY public.plan_lines ADD CONSTRAINT plan_lines_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.plan_parcels ADD CONSTRAINT plan_parcels_id_key UNIQUE (id);
ALTER TABLE ONLY public.plan_parcels ADD CONSTRAINT plan_parcels_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.plans ADD CONSTRAINT plans_id_key UNIQUE (id);
ALTER TABLE ONLY public.plans ADD CONSTRAINT plans_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.treatment_stations ADD CONSTRAINT treatment_stations_id_key UNIQUE (id);
ALTER TABLE ONLY public.treatment_stations ADD CONSTRAINT treatment_stations_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.violations ADD CONSTRAINT violations_id_key UNIQUE (id);
ALTER TABLE ONLY public.violations ADD CONSTRAINT violations_pkey PRIMARY KEY (fid);
ALTER TABLE ONLY public.waterways ADD CONSTRAINT waterways_id_key UNIQUE (id);
ALTER TABLE ONLY public.waterways ADD CONSTRAINT waterways_pkey PRIMARY KEY (fid);
CREATE INDEX langxanh_attachments_of ON langxanh.langxanh_attachments USING btree (collection, id);
CREATE UNIQUE INDEX langxanh_chain_of ON langxanh.langxanh_chain USING btree (kind, subject);
CREATE INDEX langxanh_changes_batch ON langxanh.langxanh_changes USING btree (batch) WHERE (batch IS NOT NULL);
CREATE INDEX langxanh_history_by_change ON langxanh.langxanh_history USING btree (change_id);
CREATE INDEX langxanh_history_of ON langxanh.langxanh_history USING btree (collection, id);
CREATE INDEX admin_units_geom_idx ON public.admin_units USING gist (geom);
CREATE INDEX buildings_geom_idx ON public.buildings USING gist (geom);
CREATE INDEX clusters_geom_idx ON public.clusters USING gist (geom);
CREATE INDEX craft_villages_geom_idx ON public.craft_villages USING gist (geom);
CREATE INDEX effluent_samples_geom_idx ON public.effluent_samples USING gist (geom);
CREATE INDEX lots_geom_idx ON public.lots USING gist (geom);
CREATE INDEX plan_lines_geom_idx ON public.plan_lines USING gist (geom);
CREATE INDEX plan_parcels_geom_idx ON public.plan_parcels USING gist (geom);
CREATE INDEX plans_geom_idx ON public.plans USING gist (geom);
CREATE INDEX treatment_stations_geom_idx ON public.treatment_stations USING gist (geom);
CREATE INDEX violations_geom_idx ON public.violations USING gist (geom);
CREATE INDEX waterways_geom_idx ON public.waterways USING gist (geom);
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.admin_unit_changes FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.admin_units FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.buildings FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.clusters FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.craft_villages FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.effluent_samples FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.infrastructure_items FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.milestones FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.plan_decisions FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.plan_lines FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.plan_parcels FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.plans FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.treatment_stations FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.violations FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_before BEFORE INSERT OR DELETE OR UPDATE ON public.waterways FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.admin_unit_changes REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('admin_unit_changes', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.admin_units REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('admin_units', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.buildings REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('buildings', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.clusters REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('clusters', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.craft_villages REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('craft_villages', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.effluent_samples REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('effluent_samples', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.infrastructure_items REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('infrastructure_items', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.lots REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('lots', 'table', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.milestones REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('milestones', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.plan_decisions REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_decisions', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.plan_lines REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_lines', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.plan_parcels REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_parcels', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.plans REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plans', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.treatment_stations REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('treatment_stations', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.violations REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('violations', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_delete AFTER DELETE ON public.waterways REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('waterways', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.admin_unit_changes REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('admin_unit_changes', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.admin_units REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('admin_units', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.buildings REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('buildings', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.clusters REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('clusters', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.craft_villages REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('craft_villages', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.effluent_samples REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('effluent_samples', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.infrastructure_items REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('infrastructure_items', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.lots REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('lots', 'table', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.milestones REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('milestones', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.plan_decisions REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_decisions', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.plan_lines REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_lines', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.plan_parcels REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_parcels', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.plans REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plans', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.treatment_stations REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('treatment_stations', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.violations REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('violations', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_insert AFTER INSERT ON public.waterways REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('waterways', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.admin_unit_changes FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.admin_units FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.buildings FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.clusters FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.craft_villages FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.effluent_samples FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.infrastructure_items FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.milestones FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.plan_decisions FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.plan_lines FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.plan_parcels FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.plans FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.treatment_stations FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.violations FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_truncate BEFORE TRUNCATE ON public.waterways FOR EACH STATEMENT EXECUTE FUNCTION langxanh.before_write();
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.admin_unit_changes REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('admin_unit_changes', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.admin_units REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('admin_units', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.buildings REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('buildings', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.clusters REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('clusters', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.craft_villages REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('craft_villages', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.effluent_samples REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('effluent_samples', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.infrastructure_items REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('infrastructure_items', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.lots REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('lots', 'table', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.milestones REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('milestones', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.plan_decisions REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_decisions', 'register', '', '\x4750000100000000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.plan_lines REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_lines', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.plan_parcels REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plan_parcels', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.plans REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('plans', 'register', 'geom', '\x4750000109170000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.treatment_stations REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('treatment_stations', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.violations REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('violations', 'register', 'geom', '\x47500001e6100000');
CREATE TRIGGER langxanh_update AFTER UPDATE ON public.waterways REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION langxanh.after_write('waterways', 'register', 'geom', '\x47500001e6100000');
ALTER TABLE ONLY langxanh.langxanh_history ADD CONSTRAINT langxanh_history_change_id_fkey FOREIGN KEY (change_id) REFERENCES langxanh.langxanh_changes(change_id);
ALTER TABLE ONLY langxanh.langxanh_source_pieces ADD CONSTRAINT langxanh_source_pieces_sha256_fkey FOREIGN KEY (sha256) REFERENCES langxanh.langxanh_sources(sha256);
