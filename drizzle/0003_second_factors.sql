-- The row of a user says whether there is an authenticator app: a sign-in asks for a code by it. A trigger, so that no
-- statement can forget it.
create function hufu.note_totp() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update hufu.users
    set has_totp = exists (select from hufu.totp_factors where totp_factors.user_id = users.id)
    where users.id = coalesce(new.user_id, old.user_id);
  return null;
end
$$;
--> statement-breakpoint
create trigger totp_factors_note after insert or delete on hufu.totp_factors
  for each row execute function hufu.note_totp();
