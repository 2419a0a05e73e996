-- engine: duckdb
-- A result as a file of the project, and the file as a table again.
copy (select i as id, 'name ' || i as name, i / 4 as quarter from range(1, 4) r(i)) to 'out.csv' (header, delimiter ';');
select name, quarter from 'out.csv' where id > 1;
