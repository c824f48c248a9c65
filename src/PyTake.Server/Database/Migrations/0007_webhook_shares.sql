-- How a worker that is behind finds each number's oldest items in each lane without reading those of the noisy ones. Of the lane as a
-- whole number, so that the planner leaves it alone where what is wanted is the oldest of all.
create index webhook_items_shares on webhook_items ((lane::int), (coalesce(phone_number_id, '')), id);
