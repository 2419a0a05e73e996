-- The database is a file of the project, and so is a second one that it is joined with.
create table visit(day text, n integer);
insert into visit select date('2024-01-01', i || ' days'), i * i from (with recursive c(i) as (select 0 union all select i + 1 from c where i < 9) select i from c);
attach 'second.db' as second;
create table second.copy as select * from visit where n > 20;
select count(*) as n, max(day) as last from second.copy;
select name, file like '/project/%.db' as in_project from pragma_database_list;
pragma integrity_check;
