-- An e-mail address is the name that somebody logs in with, not anybody's property: organizations have accounts under the same address without
-- learning of one another, and the password tells which of them is meant.
create unique index users_email_of_organization on users (organization_id, lower(email));
create index users_login on users (lower(email));
-- Unused since two organizations may have the same address. A node of the version before refuses the logins of such an address, and of no other, for
-- the minutes of a roll-out.
drop index users_email;

-- Whoever was invited and has not answered has the empty password_hash, which no password fits.
alter table users add column password_changed_at timestamptz not null default now();

-- Whether members need a second factor: without one, their sessions may only set one up.
alter table organizations add column mfa_required boolean not null default false;
-- The organization whose administrators run the installation, where no setting names it; the command `admin` makes it.
alter table organizations add column is_operating boolean not null default false;
create unique index organizations_operating on organizations (is_operating) where is_operating;

-- What a person recognizes their sessions by.
alter table sessions add column last_used_at timestamptz;
alter table sessions add column address text;
alter table sessions add column user_agent text;

-- A link that makes whoever has it the user once: to answer an invitation, or to set a new password. The one before of the same kind is void.
create table account_links (
    token_hash bytea primary key,
    user_id uuid not null references users,
    kind text not null check (kind in ('invitation', 'reset')),
    created_by uuid references users,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    unique (user_id, kind)
);
create index account_links_expires_at on account_links (expires_at);

-- Mail that is to be sent, encrypted because it has addresses and links.
create table mails (
    id uuid primary key,
    sealed bytea not null,
    created_at timestamptz not null default now()
);

create table totp_secrets (
    user_id uuid primary key references users,
    secret bytea not null,
    -- Null until the first code: until then it is no factor.
    confirmed_at timestamptz,
    -- The time step (30 s) of the last code that was accepted: it and those before it are spent.
    last_step bigint not null default 0,
    created_at timestamptz not null default now()
);

create table passkeys (
    id uuid primary key,
    user_id uuid not null references users,
    credential_id bytea not null unique,
    public_key bytea not null,
    sign_count bigint not null,
    name text not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz
);
create index passkeys_user on passkeys (user_id);

create table recovery_codes (
    user_id uuid not null references users,
    code_hash bytea not null,
    primary key (user_id, code_hash)
);

-- Wrong codes of a user, of whatever login: they lock the second factor for a while.
create table code_failures (
    user_id uuid primary key references users,
    failures int not null,
    locked_until timestamptz
);

-- What was started and waits for its second step: a login for its code, a passkey for its signature.
create table account_challenges (
    token_hash bytea primary key,
    kind text not null check (kind in ('second_factor', 'passkey_login', 'passkey_registration')),
    user_id uuid references users,
    -- What the passkey's signature is compared with.
    options text,
    expires_at timestamptz not null
);
create index account_challenges_expires_at on account_challenges (expires_at);
