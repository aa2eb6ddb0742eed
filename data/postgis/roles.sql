-- Quyền tối thiểu cho một kho trên PostGIS / least privilege for a store on PostGIS.
--
-- Chạy một lần, trong cơ sở dữ liệu của kho, với người dùng đã tạo kho hoặc superuser; chạy lại sau khi nhập bảng mới.
-- Run it once in the store's database, as the user who made the store or a superuser; again after new tables were imported:
--     psql -d DATABASE -v shelf=public -f roles.sql
-- "shelf" là schema chứa các bảng dữ liệu / the schema of the registers, public unless a search_path says otherwise.
-- Rồi / then:
--     CREATE ROLE viewer LOGIN PASSWORD '…' IN ROLE langxanh_reader;   -- the service reads only; so does QGIS
--     CREATE ROLE desk LOGIN PASSWORD '…' IN ROLE langxanh_desk;       -- somebody edits registers in QGIS
--     CREATE ROLE service LOGIN PASSWORD '…' IN ROLE langxanh_editor;  -- the service takes edits; it keeps users and tokens
-- Making and altering tables (`import` into a new collection, `restore`) is for the owner alone.

\if :{?shelf}
\else
    \set shelf public
\endif

SELECT 'CREATE ROLE ' || name FROM unnest(ARRAY['langxanh_reader', 'langxanh_desk', 'langxanh_editor']) name
    WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec

GRANT USAGE ON SCHEMA langxanh, :"shelf" TO langxanh_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA langxanh, :"shelf" TO langxanh_reader;
-- Hashes of tokens among them: a service that only reads has to know who may read, and nobody guesses 256 bits.

-- Whoever edits registers needs nothing else: what is kept of an edit is written by the store's own triggers.
GRANT langxanh_reader TO langxanh_desk;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"shelf" TO langxanh_desk;
REVOKE INSERT, UPDATE ON spatial_ref_sys FROM langxanh_desk;

GRANT langxanh_desk TO langxanh_editor;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA langxanh, :"shelf" TO langxanh_editor;
GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA langxanh TO langxanh_editor;
-- What happened stays: changes are taken back only within the transaction that began them, the journal forgets its oldest.
GRANT DELETE ON langxanh.langxanh_changes, langxanh.langxanh_touched, langxanh.langxanh_users, langxanh.langxanh_tokens
    TO langxanh_editor;

-- Nobody else holds up those who write.
REVOKE EXECUTE ON FUNCTION langxanh.tell() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION langxanh.tell() TO langxanh_editor;
