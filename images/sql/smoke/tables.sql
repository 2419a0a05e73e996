-- SQLite, in memory, on a project that is read-only: prints two typed tables and ends with 0.
create table t(a integer primary key, b text, c real);
insert into t(b, c) values ('Äpfel', 2), (null, 0.5);
select * from t;
select count(*) as n, sum(c) as total from t where b is not null;
