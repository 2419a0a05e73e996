-- engine: duckdb
-- Aggregates over millions of rows by several threads give what one thread gives.
set threads = 4;
create table n as select i, (i * 2654435761) % 1000003 as h from range(3000000) r(i);
select count(*) as n, count(distinct h) as hashes, sum(h) as total, max(h) as most from n;
select h % 5 as bucket, count(*) as n from n group by bucket order by bucket;
set threads = 1;
select sum(h) as total from n;
