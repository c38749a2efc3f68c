-- What the row level security policies of a team's own tables ask: docs/integrations/postgres-rls.md. Both functions read
-- the session that the team's server has named in the setting hufu.session_id, and no cached state: each statement of a
-- READ COMMITTED transaction sees an end that was committed before it, whenever the transaction began.
create function hufu.session_idle_seconds() returns integer
  language sql immutable parallel safe
as $$ select 0 $$;
--> statement-breakpoint
comment on function hufu.session_idle_seconds() is
  'SESSION_IDLE_SECONDS for the functions below; 0 for no limit. An operator replaces it by one that gives the number.';
--> statement-breakpoint
create function hufu.user_id() returns uuid
  language plpgsql stable parallel safe security definer
  -- Fixed, so that no table, function or operator of the caller takes the place of the ones that are meant.
  set search_path = pg_catalog, pg_temp
as $$
declare
  -- Empty after the transaction that set it.
  named constant uuid := nullif(current_setting('hufu.session_id', true), '')::uuid;
  idle constant interval := make_interval(secs => nullif(hufu.session_idle_seconds(), 0));
  live_user uuid;
begin
  if named is null then
    return null;
  end if;
  -- Its snapshot is as old as the transaction: it would show rows after the session has ended.
  if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
    raise exception using
      errcode = 'feature_not_supported',
      message = 'hufu.user_id() cannot see the end of a session in a REPEATABLE READ or SERIALIZABLE transaction',
      hint = 'Use READ COMMITTED, or check the session in a transaction of its own.';
  end if;
  -- The wall clock: now() stands still from the start of the transaction on.
  select users.id into live_user
    from hufu.sessions
    join hufu.users on users.id = sessions.user_id
    where sessions.id = named
      and sessions.ended_at is null
      and sessions.expires_at > clock_timestamp()
      and (idle is null or sessions.last_seen_at > clock_timestamp() - idle)
      and users.disabled_at is null
      and users.deleted_at is null
      and (users.sessions_ended_before is null
        or sessions.signed_in_at >= users.sessions_ended_before
        or sessions.id = users.session_spared);
  return live_user;
end
$$;
--> statement-breakpoint
comment on function hufu.user_id() is
  'The id of the user whose live session is named in the setting hufu.session_id; null where the session is not live.';
--> statement-breakpoint
create function hufu.session_is_live() returns boolean
  language sql stable parallel safe security definer
  set search_path = pg_catalog, pg_temp
as $$ select hufu.user_id() is not null $$;
--> statement-breakpoint
comment on function hufu.session_is_live() is
  'Whether the session that is named in the setting hufu.session_id is live.';
--> statement-breakpoint
revoke all on function hufu.user_id(), hufu.session_is_live(), hufu.session_idle_seconds() from public;
