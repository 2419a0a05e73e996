-- engine: duckdb
-- Parquet is written and queried in place, several files as one table.
copy (select i as id, i % 7 as day, repeat('x', i % 5) as note from range(10000) r(i)) to 'first.parquet' (compression zstd);
copy (select i as id, i % 7 as day, null as note from range(10000, 10010) r(i)) to 'second.parquet';
select count(*) as n, sum(id) as ids, count(note) as notes from '*.parquet';
select day, max(id) as last from 'first.parquet' where id between 100 and 110 group by day order by day;
select distinct name, type from parquet_schema('first.parquet') where type is not null order by name;
