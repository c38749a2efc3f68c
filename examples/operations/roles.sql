create role hufu_owner login password '…';
create role hufu_app login password '…';
create schema hufu authorization hufu_owner;
grant usage on schema hufu to hufu_app;
alter default privileges for role hufu_owner in schema hufu grant select, insert, update, delete on tables to hufu_app;
