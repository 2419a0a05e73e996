-- engine: duckdb
select 'fine' as first;
select cast(word as integer) as number from (values ('12'), ('twelve')) t(word);
