-- engine: duckdb
-- What is piped in is a table: CSV with a header, its types found out by reading it.
create table sales as from read_csv('/dev/stdin');
describe sales;
select region, count(*) as orders, sum(amount) as total, min(day) as first from sales group by region order by region;
