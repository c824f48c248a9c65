-- What is to be sent to WhatsApp. A row goes when Meta has accepted or refused the message for good; order within a
-- recipient is the order of ids (version 7, made when the message was).
create table outbox (
    message_id uuid primary key,
    organization_id uuid not null,
    conversation_id uuid not null,
    whatsapp_number_id uuid not null,
    contact_id uuid not null,
    -- queued: to be sent at due_at. sending: a node has asked Meta, under a lease. unknown: it may have arrived; wait for
    -- a status that names it, never send again by itself.
    state text not null default 'queued' check (state in ('queued', 'sending', 'unknown')),
    attempts int not null default 0,
    due_at timestamptz not null,
    lease_until timestamptz,
    error_class text,
    error text,
    created_at timestamptz not null default now()
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index outbox_recipient on outbox (whatsapp_number_id, contact_id, message_id);
create index outbox_due on outbox (due_at) where state = 'queued';

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
