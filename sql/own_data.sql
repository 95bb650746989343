-- name: of_user
-- Everything about an account ($1) as JSON, without passwords, PINs and tokens. Titles are HTML-escaped.
SELECT json_build_object(
    'account', json_build_object(
        'id', u.id,
        'email', u.email,
        'name', u.name,
        'created_at', u.created_at,
        'is_staff', u.is_staff,
        'groups', ARRAY(
            SELECT g.name FROM group_members m JOIN groups g ON g.id = m.group_id
            WHERE m.user_id = u.id ORDER BY lower(g.name)
        )
    ),
    'profiles', (
        SELECT coalesce(json_agg(json_build_object(
            'id', p.id,
            'name', p.name,
            'picture', p.picture,
            'language', p.language,
            'max_age', p.max_age,
            'has_pin', p.pin_hash IS NOT NULL,
            'caption_size', p.caption_size,
            'caption_background', p.caption_background,
            'plays_on', p.plays_on,
            'created_at', p.created_at,
            'films', (
                SELECT coalesce(json_agg(json_build_object(
                    'video_id', w.video_id,
                    'title', v.title,
                    'position', w.position,
                    'duration', w.duration,
                    'seen_stretches', bit_count(w.seen),
                    'played_at', w.played_at,
                    'watched_at', w.watched_at,
                    'hidden_at', w.hidden_at
                ) ORDER BY w.played_at DESC NULLS LAST, w.video_id), '[]')
                FROM watch_progress w JOIN videos v ON v.id = w.video_id
                WHERE w.profile_id = p.id AND (w.played_at IS NOT NULL OR w.watched_at IS NOT NULL)
            ),
            'list', (
                SELECT coalesce(json_agg(json_build_object(
                    'video_id', l.video_id, 'title', v.title, 'added_at', l.added_at
                ) ORDER BY l.added_at DESC, l.video_id), '[]')
                FROM watch_list l JOIN videos v ON v.id = l.video_id
                WHERE l.profile_id = p.id
            )
        ) ORDER BY p.id), '[]')
        FROM profiles p WHERE p.user_id = u.id
    ),
    'sessions', (
        SELECT coalesce(json_agg(json_build_object(
            'created_at', s.created_at,
            'last_seen_at', s.last_seen_at,
            'expires_at', s.expires_at,
            'revoked_at', s.revoked_at,
            'user_agent', s.user_agent,
            'address', s.address
        ) ORDER BY s.created_at DESC, s.id), '[]')
        FROM sessions s WHERE s.user_id = u.id
    )
)::text
FROM users u
WHERE u.id = $1;
