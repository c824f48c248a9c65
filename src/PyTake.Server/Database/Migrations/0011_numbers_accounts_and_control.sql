-- Meta's error code beside its words, so that the reason can be said in the reader's language.
alter table whatsapp_numbers add column sending_stopped_code text;

-- Who answers in a conversation where several may answer for one number (Meta's conversation routing), and since when by Meta's clock. Null where
-- nothing of that has been seen: then it is ours.
alter table conversations add column controlled_by text;
alter table conversations add column controlled_since timestamptz;
