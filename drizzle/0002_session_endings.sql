-- The transaction in which a session ended. The feed of ends reads on from the snapshot of its last read: no end is lost
-- whose transaction commits late, and no clock has a part in it. A trigger, so that no statement can forget it.
create function hufu.note_session_end() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  new.ended_in := pg_current_xact_id();
  return new;
end
$$;
--> statement-breakpoint
create trigger sessions_note_end before insert or update of ended_at on hufu.sessions
  for each row when (new.ended_at is not null and new.ended_in is null)
  execute function hufu.note_session_end();
--> statement-breakpoint
-- Checked at the commit: the tombstone of a session names the one that takes its place, whose row cannot be written before
-- the slot is free.
alter table hufu.sessions alter constraint sessions_superseded_by_sessions_id_fk deferrable initially deferred;
