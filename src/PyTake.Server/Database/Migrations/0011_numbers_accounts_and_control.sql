-- Meta's error code beside its words, so that the reason can be said in the reader's language.
alter table whatsapp_numbers add column sending_stopped_code text;
