-- A node that follows an organization's list reads its active conversations as a whole, without those of all the years before.
create index conversations_open on conversations (organization_id, assigned_agent_id) where status in ('open', 'pending');
