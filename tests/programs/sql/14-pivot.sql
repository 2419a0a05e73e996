-- engine: duckdb
create table sale(city text, year integer, n integer);
insert into sale values ('Oslo', 2022, 4), ('Oslo', 2023, 6), ('Rome', 2022, 1), ('Rome', 2024, 9), ('Rome', 2024, 1);
pivot sale on year using sum(n) group by city order by city;
unpivot (select 1 as a, 2 as b) on a, b into name key value v;
from sale select city, list(n order by n) as all_n group by all order by city;
summarize select n from sale;
