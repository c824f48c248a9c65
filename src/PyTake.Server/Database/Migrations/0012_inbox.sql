-- Beside traffic, one statement at a time: what is searched, who waits, and what failed.
alter table conversations
    -- The customer's oldest message that nobody has answered.
    add column if not exists waiting_since timestamptz,
    -- Our messages that failed and were not sent again.
    add column if not exists failed_count int not null default 0;

-- In batches, because a message waits for its conversation's row.
do $$
begin
    loop
        update conversations c
        set waiting_since = coalesce(
            (
                select min(m.occurred_at)
                from messages m
                where m.conversation_id = c.id
                  and m.occurred_at > coalesce(c.last_outbound_at, '-infinity')
                  and m.inbound_number is not null
            ), c.last_inbound_at)
        where c.id in (
            select id
            from conversations
            where status in ('open', 'pending')
              and last_inbound_at > coalesce(last_outbound_at, '-infinity')
              and waiting_since is null
            limit 500);
        exit when not found;
        commit;
    end loop;
end
$$;

update conversations c
set failed_count = f.failed
from (select conversation_id, count(*) as failed from messages where status = 'failed' group by conversation_id) f
where c.id = f.conversation_id
  and c.failed_count = 0;

-- Conversations of agents who were deactivated or demoted go back to the queue, as from now on at once. Conversations first, the counters last, as everywhere.
with theirs as (
    select c.id, c.organization_id
    from conversations c
    join users u on u.id = c.assigned_agent_id
    where c.status in ('open', 'pending')
      and (not u.is_active or u.role = 'viewer')
    order by c.id
    for no key update of c
), placed as (
    select id, organization_id, row_number() over (partition by organization_id order by id) as place
    from theirs
), counters as (
    update inbox_counters i
    set inbox_seq = i.inbox_seq + n.changes
    from (select organization_id, count(*) as changes from placed group by organization_id) n
    where i.organization_id = n.organization_id
    returning i.organization_id, i.inbox_seq - n.changes as base
)
update conversations c
set assigned_agent_id = null, inbox_seq = counters.base + placed.place, updated_at = now()
from placed
join counters on counters.organization_id = placed.organization_id
where c.id = placed.id;

create index concurrently if not exists conversations_waiting on conversations (organization_id, waiting_since)
    where status = 'open' and assigned_agent_id is null;

create index concurrently if not exists contacts_tagged on contacts (organization_id) where tags <> '{}';

create index concurrently if not exists conversations_failed on conversations (organization_id) where failed_count > 0;

create index concurrently if not exists conversations_tagged on conversations (organization_id) where tags <> '{}';

-- Unused since conversations_waiting gives the queue's order.
drop index concurrently if exists conversations_queue;

-- A text as it is searched: in lower case and without accents, in every script. By Unicode's own rules (compatibility decomposition, combining marks,
-- case), which PostgreSQL has built in: unaccent knows Latin and Greek only, may not be there where the role cannot create extensions, and is no more
-- immutable than its rules. What Unicode does not decompose comes at the end. It names no object of ours, so that an index on it can be built and restored
-- whatever the search path is.
create or replace function search_fold(words text) returns text
language plpgsql immutable strict parallel safe as $$
declare
    letters text;
begin
    if octet_length(words) = length(words) then
        return lower(words collate "C");
    end if;
    -- The letters of Portuguese at a tenth of the time, since every message is folded as it is stored.
    letters := lower(words collate "und-x-icu");
    letters := replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        letters, 'ã', 'a'), 'ç', 'c'), 'é', 'e'), 'á', 'a'), 'ê', 'e'), 'ó', 'o'), 'í', 'i'), 'ú', 'u'), 'õ', 'o'), 'â', 'a'), 'ô', 'o'), 'à', 'a'), 'ü', 'u');
    if octet_length(letters) = length(letters) then
        return letters;
    end if;
    words := regexp_replace(normalize(words, NFKD),
        '[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+',
        '', 'g');
    words := replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        lower(words collate "und-x-icu"), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ı', 'i'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'ħ', 'h'), 'ŧ', 't'),
        'ς', 'σ');
    -- What is left decomposed: Hangul, and the voiced signs of kana.
    return case when words ~ '[\u1100-\u11ff\u3099\u309a]' then normalize(words, NFC) else words end;
end
$$;

-- The words of a message that a search finds, of every type: what people wrote, chose, filled in or sent along. Signs that would glue words together to
-- an address, a path or a number are blanks, and scripts that are written without blanks are cut into their characters. It names no object of ours either.
-- Not parallel safe: an exception is a subtransaction, which a parallel query refuses before PostgreSQL 17.
create or replace function message_words(message_type text, content jsonb) returns text
language plpgsql immutable strict as $$
declare
    words text;
    answers jsonb;
begin
    case message_type
        when 'text', 'note', 'button', 'system' then
            words := content ->> 'text';
        when 'image', 'video', 'document' then
            words := concat_ws(' ', content ->> 'caption', content ->> 'filename');
        when 'reaction', 'sticker', 'audio', 'unsupported' then
            return null;
        else
            words := (
                select string_agg(word, ' ')
                from jsonb_array_elements_text(jsonb_path_query_array(content, '$.** ? (@.type() == "object").keyvalue() ? (@.key like_regex
                    "^(text|title|description|caption|filename|body|header|footer|buttons?|display_text|name|formatted_name|company|department|address|street|city|state|country|email|phone|product_retailer_id|reason|note|message)$"
                    ).value[*] ? (@.type() == "string" || @.type() == "number")')) as word);
            -- A form's answers are JSON within a text (WHATSAPP, section 3), which may be broken.
            if content ? 'nfm_reply' then
                begin
                    answers := (content #>> '{nfm_reply,response_json}')::jsonb - 'flow_token';
                exception when others then
                    answers := null;
                end;
                words := concat_ws(' ', words, (
                    select string_agg(word, ' ')
                    from jsonb_array_elements_text(jsonb_path_query_array(answers, '$.** ? (@.type() == "string" || @.type() == "number")')) as word));
            end if;
            -- Of the numbers of a contact card the end, which is the same with and without country code, 0 and ninth digit.
            if message_type = 'contacts' then
                words := concat_ws(' ', words, (
                    select string_agg(right(regexp_replace(phone, '[^0-9]', '', 'g'), 8), ' ')
                    from jsonb_array_elements_text(jsonb_path_query_array(content, '$.contacts[*].phones[*].phone')) as phone));
            end if;
    end case;
    -- PostgreSQL refuses a text with more than a megabyte of words, and one such message would sink its whole batch.
    words := replace(replace(replace(replace(replace(replace(replace(replace(
        left(words, 100000), '.', ' '), '-', ' '), '_', ' '), '/', ' '), '@', ' '), ':', ' '), '+', ' '), '<', ' ');
    if octet_length(words) <> length(words) then
        words := regexp_replace(words, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])', ' \1 ', 'g');
    end if;
    return words;
end
$$;

-- What is searched in messages for a text that somebody typed: all words, the last as a beginning, since it may still be being typed. With the operators of
-- web search engines: "a phrase", -without. A number is also found by its end in contact cards.
create or replace function search_query(typed text) returns tsquery
language plpgsql immutable strict as $$
declare
    words text := regexp_replace(trim(typed), '(?<=\S)-|[._/@:+<]', ' ', 'g');
    digits text := regexp_replace(typed, '[^0-9]', '', 'g');
    last text;
    query tsquery;
begin
    if words !~ '"' then
        words := regexp_replace(words, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)', ' "\1" ', 'g');
    end if;
    words := regexp_replace(words, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])', ' \1 ', 'g');
    words := trim(search_fold(words));
    last := substring(words from '\S+$');
    -- A shorter beginning would find too much, except of syllables.
    if (length(last) >= 3 or last ~ '^[\uac00-\ud7a3]{2}') and last !~ '^-' and words !~ '"' then
        query := websearch_to_tsquery('simple', left(words, -length(last)))
            && to_tsquery('simple', '''' || replace(replace(last, '\', '\\'), '''', '''''') || ''':*');
    else
        query := websearch_to_tsquery('simple', words);
    end if;
    return case when length(digits) >= 8 and typed !~ '[[:alpha:]]' then query || to_tsquery('simple', right(digits, 8)) else query end;
end
$$;

create index concurrently if not exists messages_words on messages
    using gin (organization_id, to_tsvector('simple', search_fold(message_words(message_type, content))));

create index concurrently if not exists contacts_words on contacts
    using gin (organization_id, search_fold(coalesce(name, '') || ' ' || coalesce(username, '') || ' ' || whatsapp_id || ' ' || coalesce(phone_number, '')) gin_trgm_ops);

-- Unused since messages_words finds more. A node of the version before searches without it for the minutes of a roll-out, because to keep both would slow
-- every message down.
drop index concurrently if exists messages_search;

-- Unused since contacts_words finds more.
drop index concurrently if exists contacts_search;
