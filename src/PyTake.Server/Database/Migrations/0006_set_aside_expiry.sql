-- What is parked or dead used to stay for ever; from now on it is written with a time (Webhooks:SetAsideDays).
update webhook_items_set_aside
set expires_at = set_aside_at + interval '30 days'
where expires_at is null
  and state in ('parked', 'dead');
