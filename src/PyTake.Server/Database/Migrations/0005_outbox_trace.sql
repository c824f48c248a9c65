-- The trace that a message was asked for in, where it is recorded, so that sending it is seen there (W3C Trace Context).
alter table outbox add column trace_parent text;
