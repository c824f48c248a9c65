create table organizations (
    id uuid primary key,
    name text not null,
    created_at timestamptz not null default now()
);

-- The counter of an organization's list of conversations. It is apart from the organization so that the hottest row of
-- the system stays tiny, is updated in place, and never meets a foreign key check.
create table inbox_counters (
    organization_id uuid primary key references organizations,
    inbox_seq bigint not null default 0
) with (fillfactor = 10);

create table users (
    id uuid primary key,
    organization_id uuid not null references organizations,
    email text not null,
    password_hash text not null,
    full_name text not null,
    phone_number text,
    avatar_url text,
    role text not null check (role in ('org_admin', 'agent', 'viewer')),
    is_active boolean not null default true,
    agent_status text check (agent_status in ('available', 'busy', 'away', 'offline')),
    failed_logins int not null default 0,
    locked_until timestamptz,
    last_seen_at timestamptz,
    last_login_at timestamptz,
    -- When role or is_active last changed, by the database's clock. Apart from updated_at, which moves with every status.
    rights_changed_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));
create index users_organization on users (organization_id);
-- Nodes read here who lost or got a right since they last looked.
create index users_rights_changed_at on users (rights_changed_at);

-- A session is a family of refresh tokens: one login on one device.
create table sessions (
    id uuid primary key,
    user_id uuid not null references users,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    -- By the database's clock, so that every node finds it by one clock.
    revoked_at timestamptz
);
create index sessions_user on sessions (user_id);
create index sessions_revoked_at on sessions (revoked_at) where revoked_at is not null;

create table refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null references sessions on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    spent_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table canned_responses (
    id uuid primary key,
    organization_id uuid not null references organizations,
    short_code text not null,
    text text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (organization_id, short_code)
);
