-- Insert or update, returning, generated columns, strict tables.
create table stock(item text primary key, n integer not null check (n >= 0), low integer generated always as (n < 3) stored) strict;
insert into stock(item, n) values ('nut', 2), ('bolt', 9) returning item, low;
insert into stock(item, n) values ('nut', 5), ('cog', 1) on conflict (item) do update set n = n + excluded.n;
select * from stock order by item;
