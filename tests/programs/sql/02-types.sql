-- Columns with and without a declared type, and every storage class.
create table sample(id integer primary key, name varchar(20), price real, raw blob, anything);
insert into sample values (1, 'first', 2, x'00ff', 1), (2, null, 2.5, null, 'text'), (3, 'third', -0.125, zeroblob(2), 1.5);
select * from sample;
select id * 2 as twice, price as cost, typeof(anything) as kind from sample order by id desc;
