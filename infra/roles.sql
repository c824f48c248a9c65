-- The role of infra/backup: it copies the whole server and receives its write-ahead log, and reads and writes no table. Run as a superuser; repeating it
-- has no effect. Over the network it needs a password and a line in pg_hba.conf as well.
do $$
begin
    create role pytake_backup login replication;
exception when duplicate_object then
    null;
end
$$;
grant pg_monitor to pytake_backup;
