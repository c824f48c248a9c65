-- Beside traffic
-- The referral of the customer's first message that had one, with its time (at), and when they last said whether they want marketing.
alter table contacts
    add column if not exists first_referral jsonb,
    add column if not exists marketing_preference_at timestamptz;
