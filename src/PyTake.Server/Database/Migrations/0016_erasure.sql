-- Beside traffic
-- When the customer was erased. The row stays for its conversations, with nothing in it of a person; what they wrote is erased in bites, until is_erasing is
-- false again.
alter table contacts
    add column if not exists erased_at timestamptz,
    add column if not exists is_erasing boolean not null default false;

create index concurrently if not exists contacts_erasing on contacts (id) where is_erasing;

-- How long an organization keeps what its customers wrote; null for ever.
alter table organizations add column if not exists retention_days int check (retention_days > 0);
