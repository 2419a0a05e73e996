-- engine: postgres
-- With NET_CONNECT:db and a server of that name: prints a typed table of two rows and ends with 0.
create temp table t(id serial primary key, n numeric(10, 2), tags text[], at timestamptz, ok boolean, j jsonb);
insert into t(n, tags, at, ok, j) values (2.5, '{a,b}', '2024-01-02 03:04:05+00', true, '{"x": [1]}'), (null, null, null, null, null);
select * from t;
do $$ begin raise notice 'a notice goes to standard error'; end $$;
