-- Run this once, as the owner of both schemas.
create role app login password '…';
grant usage on schema hufu to app;
grant execute on function hufu.user_id(), hufu.session_is_live() to app;

create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references hufu.users (id),
  body text not null
);
grant select, insert, update, delete on public.notes to app;
alter table public.notes enable row level security;
-- With `(select …)` PostgreSQL calls the function once per statement, not once per row.
create policy own_notes on public.notes to app using (owner_id = (select hufu.user_id()));

create table public.announcements (id uuid primary key default gen_random_uuid(), body text not null);
grant select on public.announcements to app;
alter table public.announcements enable row level security;
create policy signed_in on public.announcements for select to app using ((select hufu.session_is_live()));
