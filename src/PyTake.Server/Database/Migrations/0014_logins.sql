-- Who did what, when and from where. It refers to nothing, because it outlives what it tells of.
create table audit_events (
    -- Version 7, so that ids ascend with time.
    id uuid primary key,
    -- Whose administrators may read it; null where it concerns no organization.
    organization_id uuid,
    -- The user who did it; null where that is not known.
    actor_id uuid,
    action text not null,
    -- The id of what it was done to.
    subject text,
    address text,
    details jsonb not null default '{}',
    created_at timestamptz not null
);
create index audit_events_organization on audit_events (organization_id, id);
create index audit_events_actor on audit_events (organization_id, actor_id, id);
create index audit_events_action on audit_events (organization_id, action, id);
create index audit_events_created_at on audit_events (created_at);

-- Attempts to log in, by account, whether it exists or not, and by known device. Small, because they are forgotten within hours; a row that is updated often
-- stays on its page.
create table login_attempts (
    -- A hash of the e-mail address or of the device's number.
    key bytea primary key,
    -- Those that have not succeeded, as of counted_at; one less for each quarter of an hour since.
    failures int not null,
    counted_at timestamptz not null,
    locked_until timestamptz
) with (fillfactor = 50);
