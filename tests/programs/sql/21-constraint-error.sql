create table t(a integer primary key, b text not null);
insert into t values (1, 'x');
insert into t values (2, 'y'),
  (1, 'z');
select 'never';
