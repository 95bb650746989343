-- The end of a session is notified, too: a web process that has it in memory would go on with it while the database is
-- away. For sessions of guests that is 0, as for their links.
-- depends: 0036.open-jobs

CREATE OR REPLACE FUNCTION notify_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        PERFORM pg_notify('accounts', NEW.id::text);
    ELSIF TG_TABLE_NAME = 'guest_links' THEN
        PERFORM pg_notify('accounts', '0');
    ELSE
        PERFORM pg_notify(
            'accounts', coalesce(CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END, 0)::text
        );
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER notify_account_change ON sessions;
CREATE TRIGGER notify_account_change AFTER UPDATE OF profile_id, revoked_at ON sessions
    FOR EACH ROW EXECUTE FUNCTION notify_account_change();
