create or replace function hufu.session_idle_seconds() returns integer
  language sql immutable parallel safe
as $$ select 1800 $$;
