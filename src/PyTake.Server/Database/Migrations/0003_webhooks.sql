-- The queue of what Meta said and nobody has worked on yet; it is empty most of the time. One row is one update: a webhook
-- with a single message, status or other change in it, in the very bytes that came.
create table webhook_items (
    id bigint generated always as identity primary key,
    lane smallint not null,
    received_at timestamptz not null,
    attempts smallint not null default 0,
    kind text not null,
    phone_number_id text,
    trace_parent text,
    payload bytea not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

-- What could not be worked on, with the reason: to be tried again (retry), waiting for a person or a fact (parked), or
-- given up on (dead). Apart from the queue, so that a flood of these never slows it down. Ids are the queue's.
create table webhook_items_set_aside (
    id bigint primary key,
    lane smallint not null,
    received_at timestamptz not null,
    attempts smallint not null,
    kind text not null,
    phone_number_id text,
    trace_parent text,
    payload bytea not null,
    state text not null check (state in ('retry', 'parked', 'dead')),
    error text not null,
    -- What it waits for (a message's wamid, a phone_number_id), so that whoever brings it can set it going again.
    waits_for text,
    due_at timestamptz,
    expires_at timestamptz,
    set_aside_at timestamptz not null default now()
);
create index webhook_items_set_aside_state on webhook_items_set_aside (state, id);
create index webhook_items_set_aside_due on webhook_items_set_aside (due_at) where state = 'retry';
create index webhook_items_set_aside_waits_for on webhook_items_set_aside (waits_for) where waits_for is not null;
create index webhook_items_set_aside_expires on webhook_items_set_aside (expires_at) where expires_at is not null;
