-- engine: duckdb
-- The error names this file, line 4 and column 17, on standard error; ends with 1.
select 'before' as said;
select 1 selekt 2;
select 'never' as said;
