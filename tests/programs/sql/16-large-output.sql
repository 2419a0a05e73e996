-- engine: duckdb
select i as number, md5(i::varchar) as hash from range(40000) r(i);
