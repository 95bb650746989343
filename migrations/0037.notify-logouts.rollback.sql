DROP TRIGGER notify_account_change ON sessions;
CREATE TRIGGER notify_account_change AFTER UPDATE OF profile_id ON sessions
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION notify_account_change();

CREATE OR REPLACE FUNCTION notify_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        PERFORM pg_notify('accounts', NEW.id::text);
    ELSIF TG_TABLE_NAME = 'guest_links' THEN
        PERFORM pg_notify('accounts', '0');
    ELSE
        PERFORM pg_notify('accounts', (CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END)::text);
    END IF;
    RETURN NULL;
END
$$;
