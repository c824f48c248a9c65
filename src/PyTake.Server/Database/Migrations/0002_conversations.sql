create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table whatsapp_numbers (
    id uuid primary key,
    organization_id uuid not null references organizations,
    phone_number_id text not null unique,
    -- The WhatsApp Business Account, by which Meta lists templates.
    waba_id text,
    phone_number text not null,
    display_name text not null,
    -- Encrypted by the application (Encryption:Keys); never leaves it.
    access_token bytea not null,
    app_secret bytea,
    webhook_verify_token bytea,
    is_active boolean not null default true,
    -- Set when Meta refuses the number's credentials or account: nothing is sent until an operator saves the number again.
    sending_stopped_at timestamptz,
    sending_stopped_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index whatsapp_numbers_organization on whatsapp_numbers (organization_id);

create table contacts (
    id uuid primary key,
    organization_id uuid not null references organizations,
    name text,
    -- What the customer calls themselves; name follows it until an agent writes another.
    profile_name text,
    -- What Meta calls the customer and what we send to: digits, or the business-scoped user id where no number is shown.
    whatsapp_id text not null,
    phone_number text,
    username text,
    profile_picture_url text,
    tags text[] not null default '{}',
    attributes jsonb not null default '{}',
    opted_out_at timestamptz,
    -- A number change can show that two contacts are one person; the older one stays.
    merged_into uuid references contacts,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index contacts_organization on contacts (organization_id, created_at);
create index contacts_search on contacts using gin (organization_id, (coalesce(name, '') || ' ' || whatsapp_id || ' ' || coalesce(phone_number, '')) gin_trgm_ops);

-- Everything a customer is known by. phone is normalized for matching (ninth digit and the like); bsuid and parent_bsuid
-- are Meta's business-scoped user ids.
create table contact_identities (
    organization_id uuid not null,
    kind text not null check (kind in ('phone', 'bsuid', 'parent_bsuid')),
    value text not null,
    contact_id uuid not null references contacts,
    primary key (organization_id, kind, value)
);
create index contact_identities_contact on contact_identities (contact_id);

create table conversations (
    id uuid primary key,
    organization_id uuid not null references organizations,
    contact_id uuid not null references contacts,
    whatsapp_number_id uuid not null references whatsapp_numbers,
    status text not null default 'open' check (status in ('open', 'pending', 'resolved', 'closed')),
    assigned_agent_id uuid references users,
    priority text not null default 'medium' check (priority in ('low', 'medium', 'high', 'urgent')),
    tags text[] not null default '{}',
    extra_data jsonb not null default '{}',
    -- The position of the last change of its messages, and the organization's number of its own last change.
    last_seq bigint not null default 0,
    -- Null only inside the transaction that makes the row.
    inbox_seq bigint,
    inbound_count int not null default 0,
    total_messages int not null default 0,
    last_message jsonb,
    last_message_at timestamptz,
    last_inbound_at timestamptz,
    last_outbound_at timestamptz,
    window_expires_at timestamptz,
    first_response_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
-- Settles the race of an album of images: one conversation that is not over per number and contact.
create unique index conversations_active on conversations (contact_id, whatsapp_number_id) where status in ('open', 'pending');
create index conversations_contact on conversations (contact_id, whatsapp_number_id, created_at desc);
create unique index conversations_inbox on conversations (organization_id, inbox_seq);
-- The list's order as one pair that a page can end with: a conversation without messages comes last.
create index conversations_list on conversations (organization_id, coalesce(last_message_at, '-infinity') desc, id desc);
create index conversations_queue on conversations (organization_id, created_at)
    where assigned_agent_id is null and status in ('open', 'pending');

create table conversation_reads (
    user_id uuid not null references users,
    conversation_id uuid not null references conversations,
    -- How many of the customer's messages the user has read: unread is inbound_count less this.
    inbound_read int not null,
    updated_at timestamptz not null default now(),
    primary key (conversation_id, user_id)
);
-- What a user has read lately: nodes look here for what they were not told.
create index conversation_reads_user on conversation_reads (user_id, updated_at);

-- No foreign keys: rows are written only by who holds the conversation's row lock, nothing deletes conversations, and a
-- check for each row would be a tenth of the ingest's work.
create table messages (
    id uuid primary key,
    organization_id uuid not null,
    conversation_id uuid not null,
    whatsapp_number_id uuid not null,
    -- Position of the last change, and of the first; inbound_number counts the customer's messages.
    seq bigint not null,
    created_seq bigint not null,
    inbound_number int,
    direction text not null check (direction in ('inbound', 'outbound')),
    sender_type text not null check (sender_type in ('contact', 'agent', 'bot', 'system')),
    sender_user_id uuid,
    message_type text not null,
    content jsonb not null,
    status text not null check (status in ('received', 'pending', 'sent', 'delivered', 'read', 'failed')),
    whatsapp_message_id text,
    reply_to_message_id uuid,
    reply_to_whatsapp_message_id text,
    client_message_id text,
    reactions jsonb not null default '[]',
    media jsonb,
    -- What Meta said about it beyond the status: pricing, earlier errors, what was edited.
    meta jsonb,
    error_code text,
    error_message text,
    occurred_at timestamptz not null,
    created_at timestamptz not null,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz
) with (fillfactor = 90, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);
create unique index messages_stream on messages (conversation_id, seq);
create index messages_history on messages (conversation_id, occurred_at);
create unique index messages_whatsapp on messages (whatsapp_number_id, whatsapp_message_id) where whatsapp_message_id is not null;
create unique index messages_client on messages (organization_id, client_message_id) where client_message_id is not null;
-- With the organization, so that a word that every tenant uses costs each only its own messages. Cut, because PostgreSQL
-- refuses a text with more than a megabyte of words, and one such message would sink its whole batch.
create index messages_search on messages
    using gin (organization_id, to_tsvector('simple', left(coalesce(content ->> 'text', content ->> 'caption', ''), 100000)))
    where message_type in ('text', 'note', 'image', 'video', 'document', 'button', 'interactive', 'template');
