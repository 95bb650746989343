-- name: insert
-- A new group; no row if there is one with this name.
INSERT INTO groups (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id;

-- name: page
-- The groups whose names contain $1 (null: all), or the one with the id $2, by name or number of members ($3), backwards
-- if $4: $5 after the first $6.
SELECT id, name, members, created_at, count(*) OVER () AS total
FROM (
    SELECT g.id, g.name, g.created_at, (SELECT count(*) FROM group_members WHERE group_id = g.id) AS members
    FROM groups g
) counted
WHERE ($1::text IS NULL OR position(lower($1) IN lower(name)) > 0) AND ($2::bigint IS NULL OR id = $2)
ORDER BY CASE WHEN $3::text = 'name' AND $4::boolean THEN lower(name) END DESC,
         CASE $3 WHEN 'members' THEN members END * CASE WHEN $4 THEN -1 ELSE 1 END,
         lower(name), id
LIMIT $5 OFFSET $6;

-- name: names
-- All groups by name, or those with these ids ($1).
SELECT id, name FROM groups WHERE $1::bigint[] IS NULL OR id = ANY($1) ORDER BY lower(name), id;

-- name: keep
-- The names of these groups ($1), which cannot be deleted until the transaction ends.
SELECT id, name FROM groups WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE;

-- name: lock
-- Those who change a group pass here one after the other.
SELECT name FROM groups WHERE id = $1 FOR UPDATE;

-- name: rename
-- Another name; no row if another group has it.
UPDATE groups SET name = $2
WHERE id = $1 AND NOT EXISTS (SELECT FROM groups WHERE name = $2 AND id <> $1)
RETURNING id;

-- name: remove
-- Deletes a group. A trigger takes it from all audiences: what only it could see is for administrators then.
DELETE FROM groups WHERE id = $1;

-- name: accounts
-- The accounts that are members of the group $1, or only those that are not, as $2 says (null: all), with $3 in the address
-- or the name: $4 after the first $5, by address.
SELECT *, count(*) OVER () AS total
FROM (
    SELECT u.id, u.email, u.name,
           EXISTS (SELECT FROM group_members WHERE group_id = $1 AND user_id = u.id) AS is_member
    FROM users u
    WHERE $3::text IS NULL OR position(lower($3) IN lower(u.email)) > 0 OR position(lower($3) IN lower(u.name)) > 0
) account
WHERE $2::boolean IS NULL OR is_member = $2
ORDER BY lower(email), id
LIMIT $4 OFFSET $5;

-- name: add
-- Makes accounts ($2) members of a group. Returns those that were none.
INSERT INTO group_members (group_id, user_id)
SELECT $1, id FROM users WHERE id = ANY($2::bigint[]) ORDER BY id
ON CONFLICT DO NOTHING
RETURNING user_id;

-- name: take_out
-- Ends the membership of accounts ($2). Returns those that were members.
DELETE FROM group_members WHERE group_id = $1 AND user_id = ANY($2::bigint[]) RETURNING user_id;

-- name: join_all
-- Makes an account ($1) a member of those of these groups ($2) that still exist.
INSERT INTO group_members (group_id, user_id)
SELECT id, $1 FROM groups WHERE id = ANY($2::bigint[]) ORDER BY id FOR KEY SHARE
ON CONFLICT DO NOTHING;

-- name: emails
-- The addresses of these accounts ($1).
SELECT id, email FROM users WHERE id = ANY($1::bigint[]) ORDER BY id;
