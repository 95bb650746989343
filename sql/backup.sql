-- name: comparable
-- Values become the same text on every server.
SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
       set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true),
       set_config('intervalstyle', 'postgres', true);

-- name: export_snapshot
-- What this transaction sees, for pg_dump.
SELECT pg_export_snapshot();

-- name: server_version
-- The major version of PostgreSQL.
SELECT current_setting('server_version_num')::integer / 10000;

-- name: tables
-- Every table, apart from the mark of a restore.
SELECT relname::text AS name
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'unfinished_restore'
ORDER BY relname;

-- name: mark_unfinished
-- Migrations refuse a database with this table, so that no server uses what was restored in part.
CREATE TABLE unfinished_restore ();

-- name: unmark_unfinished
-- The restore is complete.
DROP TABLE unfinished_restore;

-- name: migrations
-- Which migrations were applied.
SELECT migration_id FROM _yoyo_migration ORDER BY migration_id;

-- name: chosen_thumbnails
-- The videos whose thumbnail was chosen or uploaded.
SELECT id FROM videos WHERE thumbnail_source <> 'best' ORDER BY id;

-- name: has_table
-- Whether there is such a table.
SELECT to_regclass(format('public.%I', $1::text)) IS NOT NULL;

-- name: is_in_use
-- Whether Videoflix has connections to this database, apart from this one.
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'videoflix'
);

-- name: drop_everything
-- Removes all tables, functions and types: the schema of an empty library, or what was restored in part.
DO $$ DECLARE one record; BEGIN
    FOR one IN
        SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) AS statement
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    LOOP
        EXECUTE one.statement;
    END LOOP;
    FOR one IN
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) AS statement
        FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
        )
    LOOP
        EXECUTE one.statement;
    END LOOP;
    FOR one IN
        SELECT format('DROP TYPE IF EXISTS %s CASCADE', reltype::regtype) AS statement
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'c'
    LOOP
        EXECUTE one.statement;
    END LOOP;
END $$;
