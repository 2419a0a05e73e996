-- engine: postgres
select 1;
