-- name: find_by_email
-- The account of an e-mail address, in any letter case.
SELECT id, email, password_hash, is_active, is_staff
FROM users
WHERE lower(email) = lower($1);

-- name: insert_admin
-- A new administrator, active at once.
INSERT INTO users (email, password_hash, is_staff, activated_at)
VALUES ($1, $2, true, now())
RETURNING id, email, password_hash, is_active, is_staff;

-- name: set_password
-- Another hash for the same person.
UPDATE users SET password_hash = $2 WHERE id = $1;
