-- engine: duckdb
create table flight(number text, delay integer);
select number,
       dealy
  from flight;
