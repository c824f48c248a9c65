-- Beside traffic, one statement at a time: what customers sent and what agents uploaded. The bytes are in the storage (Media:*), under the ids of
-- organization and file.
-- Each content once for an organization; kind and measures by the content.
create table if not exists files (
    id uuid primary key,
    organization_id uuid not null references organizations,
    sha256 bytea not null,
    size bigint not null,
    mime_type text not null,
    width int,
    height int,
    duration_seconds double precision,
    animated boolean not null default false,
    -- Null until somebody asked for it: whether the storage has a thumbnail, or none can be made.
    thumbnail boolean,
    created_at timestamptz not null default now(),
    unique (organization_id, sha256)
);

-- Who has a file: a message, or an upload that may be sent. Its id is in the address by which the file is shown; the file goes with the last one.
create table if not exists media (
    id uuid primary key,
    organization_id uuid not null,
    file_id uuid not null references files,
    message_id uuid,
    filename text,
    created_at timestamptz not null default now()
);

create index if not exists media_file on media (file_id);

create index if not exists media_message on media (message_id) where message_id is not null;

create index if not exists media_unsent on media (organization_id, created_at) where message_id is null;

-- What is to be fetched from Meta. A row goes when its file is stored, or when it is given up.
create table if not exists media_downloads (
    message_id uuid primary key,
    organization_id uuid not null,
    conversation_id uuid not null,
    whatsapp_number_id uuid not null,
    attempts int not null default 0,
    -- When it may be taken: after a failure the end of a pause, and while a node fetches it the end of its lease, which the node renews.
    due_at timestamptz not null,
    claim_id uuid,
    error text,
    created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create index if not exists media_downloads_number on media_downloads (whatsapp_number_id, due_at);

-- Meta's ids of files that were uploaded to a number; they live for 30 days.
create table if not exists media_uploads (
    file_id uuid not null references files on delete cascade,
    phone_number_id text not null,
    meta_id text not null,
    expires_at timestamptz not null,
    primary key (file_id, phone_number_id)
);

-- While a file is on its way to Meta nothing was sent to the customer: if the node dies then, the message is simply queued again.
alter table outbox add column if not exists uploading boolean not null default false;

-- Messages whose file has not come: a sweep finds those that nothing else has queued, such as those of the version before. Few at a time.
create index concurrently if not exists messages_media_pending on messages (id) where media ->> 'state' = 'pending';
