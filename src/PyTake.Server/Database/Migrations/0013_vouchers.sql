-- Beside traffic, one statement at a time: who vouches for an update, numbers that are somebody else's now, and the
-- words of a form that is full of exponents.
-- The organization whose own app secret signed the webhook; null where the installation's did. It counts for as long as the update is here.
alter table webhook_items add column if not exists vouched_by uuid;

alter table webhook_items_set_aside add column if not exists vouched_by uuid;

-- How much of an organization's waits. What the installation's secret signed is not in these.
create index concurrently if not exists webhook_items_vouched_by on webhook_items (vouched_by) where vouched_by is not null;

create index concurrently if not exists webhook_items_set_aside_vouched_by on webhook_items_set_aside (vouched_by) where vouched_by is not null;

-- Meta's id of a number that another organization has proven to be its own since. The row stays, because conversations belong to it.
alter table whatsapp_numbers add column if not exists lost_phone_number_id text;

-- As before, but a number of a form's answers counts without its exponent: 1e9999 would be ten thousand digits, and a form full of them gigabytes.
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
                    answers := regexp_replace(content #>> '{nfm_reply,response_json}', '("(?:[^"\\]|\\.)*")|(-?[0-9][0-9.]*)[eE][-+]?[0-9]+', '\1\2', 'g')::jsonb - 'flow_token';
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
