-- engine: duckdb
-- CSV, JSON and Parquet are written and read without an extension from elsewhere; only /tmp is written. Prints 3 three times,
-- then the extensions that are there, and ends with 0.
copy (select range as i from range(3)) to '/tmp/a.csv';
copy (select range as i from range(3)) to '/tmp/a.json';
copy (select range as i from range(3)) to '/tmp/a.parquet';
select count(*) as csv from '/tmp/a.csv';
select count(*) as json from '/tmp/a.json';
select count(*) as parquet from '/tmp/a.parquet';
select extension_name from duckdb_extensions() where loaded and extension_name in ('icu', 'json', 'parquet') order by 1;
