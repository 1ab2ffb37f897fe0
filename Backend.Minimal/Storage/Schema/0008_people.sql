-- People who sign in. email: lower case. password_hash: ASP.NET Core's format; null = invited, not yet there. totp_since null = a secret
-- that is being set up, or none; totp_step: the newest step whose code was used. platforms: whose firmware may be downloaded: * or names,
-- separated by commas.
CREATE TABLE users (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    email            TEXT NOT NULL UNIQUE,
    name             TEXT,
    password_hash    TEXT,
    totp_secret      TEXT,
    totp_since       INTEGER,
    totp_step        INTEGER,
    platforms        TEXT NOT NULL DEFAULT '',
    created_at       INTEGER NOT NULL,
    created_by       TEXT NOT NULL,
    disabled_at      INTEGER,
    last_sign_in_at  INTEGER
);

-- For the day on which the telephone is lost; each is good once. Random, so that a plain hash keeps them.
CREATE TABLE user_recovery_codes (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    code_hash  TEXT NOT NULL,
    used_at    INTEGER,
    PRIMARY KEY (user_id, code_hash)
);

-- Here and not in memory or in the cookie: so that signing out everywhere works, and several processes know the same ones.
CREATE TABLE user_sessions (
    token_hash  TEXT PRIMARY KEY,
    user_id     INTEGER NOT NULL REFERENCES users (id),
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    address     TEXT,
    agent       TEXT
);

CREATE INDEX user_sessions_user ON user_sessions (user_id, created_at);

-- Links that are good once: kind invite or reset.
CREATE TABLE user_links (
    token_hash  TEXT PRIMARY KEY,
    user_id     INTEGER NOT NULL REFERENCES users (id),
    kind        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
);

CREATE INDEX user_links_user ON user_links (user_id);

-- What a user wants to hear of, and how: kind of alert, channel.
CREATE TABLE user_notifications (
    user_id  INTEGER NOT NULL REFERENCES users (id),
    kind     TEXT NOT NULL,
    channel  TEXT NOT NULL,
    PRIMARY KEY (user_id, kind, channel)
);
