-- What is rolled back is gone, to the savepoint or to the beginning.
create table t(a integer);
begin;
insert into t values (1);
savepoint one;
insert into t values (2), (3);
rollback to one;
insert into t values (4);
commit;
begin immediate;
delete from t;
rollback;
select group_concat(a, ' ') as kept, count(*) as n from t;
