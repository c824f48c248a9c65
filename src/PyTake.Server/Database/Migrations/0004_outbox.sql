-- What is to be sent to WhatsApp. A row goes when Meta has accepted or refused the message for good.
create table outbox (
    message_id uuid primary key,
    -- The order within a recipient. It is taken while the conversation's row is held, so it follows the stream whatever the
    -- nodes' clocks say; a message that is tried again by hand goes to the end.
    position bigint generated always as identity,
    organization_id uuid not null,
    conversation_id uuid not null,
    whatsapp_number_id uuid not null,
    contact_id uuid not null,
    -- queued: to be sent at due_at. sending: a node has asked Meta, and answers for it until lease_until. unknown: it may have
    -- arrived; until lease_until a status that names it may say so, and it is never sent again by itself.
    state text not null default 'queued' check (state in ('queued', 'sending', 'unknown')),
    -- Requests that failed and count towards the bound, and refusals for being too fast, which don't.
    attempts int not null default 0,
    throttles int not null default 0,
    due_at timestamptz not null,
    lease_until timestamptz,
    -- Which taking of a node's it is in, so that the node can undo one whose commit it never heard of.
    claim_id uuid,
    error_class text,
    error text,
    created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index outbox_recipient on outbox (whatsapp_number_id, contact_id, position);
-- A recipient with one on its way gives no other. Not unique: two customers who turn out to be one may each have one.
create index outbox_on_its_way on outbox (whatsapp_number_id, contact_id) where state <> 'queued';

-- Ticks that customers are to see: the last message of each conversation that an agent read. WhatsApp marks the earlier
-- ones too, so a newer one takes the place of one not yet sent.
create table read_receipts (
    conversation_id uuid primary key,
    whatsapp_number_id uuid not null,
    whatsapp_message_id text not null,
    attempts int not null default 0,
    due_at timestamptz not null
);
create index read_receipts_due on read_receipts (due_at);
