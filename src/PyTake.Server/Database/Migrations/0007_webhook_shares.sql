-- How a worker that is behind finds each number's oldest items in each lane without reading those of the noisy ones.
create index webhook_items_shares on webhook_items (lane, coalesce(phone_number_id, ''), id);
