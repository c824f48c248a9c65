-- Beside traffic, one statement at a time: who customers are, and which messages are the same.
-- Numbers that the customer had before the present one, as phone_number has it, with a blank between them.
alter table contacts add column if not exists former_numbers text;

-- The latest of a customer's user ids is the one to send to.
alter table contact_identities add column if not exists created_at timestamptz not null default now();

-- The former ninth-digit rule took the 9 out of every Brazilian number, so that a landline and the mobile of the same tail had one key. The
-- mobile gets its own. The shared key stays while nodes of the version before may look for it: it counts only for a contact with such a number.
insert into contact_identities (organization_id, kind, value, contact_id)
select c.organization_id, 'phone', n.digits, c.id
from contacts c
cross join lateral (select ltrim(coalesce(c.phone_number, c.whatsapp_id), '+') as digits) n
where c.merged_into is null and n.digits ~ '^55[0-9]{2}9[0-5][0-9]{7}$'
on conflict do nothing;

-- What is known of former numbers are their keys.
update contacts c
set former_numbers = f.numbers
from (
    select i.contact_id, string_agg('+' || i.value, ' ' order by i.value) as numbers
    from contact_identities i
    join contacts k on k.id = i.contact_id
    cross join lateral (select ltrim(coalesce(k.phone_number, k.whatsapp_id), '+') as digits) n
    where i.kind = 'phone'
      and i.value not in (n.digits, regexp_replace(n.digits, '^(55[0-9]{2})9([0-9]{8})$|^(52)1([0-9]{10})$|^(54)9([0-9]{10})$', '\1\2\3\4\5\6'))
    group by i.contact_id
) f
where c.id = f.contact_id and c.former_numbers is null;

-- The part of a wamid that is the same in everybody's id of a message: what stands between the last two zero bytes of its base64, without three bytes
-- that frame it. Null for an id in another form. In this way, because it is evaluated for each message that is stored: a regular expression that
-- captures costs several times as much, and so does a function that PostgreSQL cannot inline.
create or replace function wamid_key(wamid text) returns text immutable parallel safe language sql as $$
    select case
        when wamid like 'wamid.HB%' and length(wamid) % 4 = 2 and substr(wamid, 7) !~ '[^A-Za-z0-9+/=]|=[^=]|==='
        then substr(split_part(encode(decode(substr(wamid, 7), 'base64'), 'escape'), '\000', -2), 4)
    end
$$;

create index concurrently if not exists messages_wamid_key on messages (whatsapp_number_id, wamid_key(whatsapp_message_id)) where whatsapp_message_id like 'wamid.HB%';

-- Few customers have had another number.
create index concurrently if not exists contacts_former_numbers on contacts (organization_id) where former_numbers is not null;
