-- Meta's error code beside its words, so that the reason can be said in the reader's language.
alter table whatsapp_numbers add column sending_stopped_code text;

-- Who answers in a conversation where several may answer for one number (Meta's conversation routing), and since when by Meta's clock. Null where
-- nothing of that has been seen: then it is ours.
alter table conversations add column controlled_by text;
alter table conversations add column controlled_since timestamptz;

-- Set once a webhook that Meta itself signed named the number together with its account: from then on waba_id is not only what somebody wrote.
alter table whatsapp_numbers add column is_waba_confirmed boolean not null default false;

-- What Meta says of an organization's account, numbers and templates, for its administrators.
create table account_events (
    id uuid primary key,
    organization_id uuid not null references organizations,
    whatsapp_number_id uuid,
    waba_id text not null,
    field text not null,
    event text,
    value jsonb not null,
    occurred_at timestamptz not null,
    created_at timestamptz not null,
    -- Of what Meta said, because it repeats itself and events have no ids.
    digest bytea not null
);
create unique index account_events_digest on account_events (organization_id, digest);
create index account_events_organization on account_events (organization_id, id);
create index account_events_age on account_events (created_at);
