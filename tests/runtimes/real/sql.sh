#!/bin/sh
# sql.sh DIRECTORY: the data of the npm package vega-datasets, among it a Parquet file of three million flights and tables as CSV.
set -eu
cd "$1"
npm pack --silent vega-datasets@3.2.1 >/dev/null
tar -xzf vega-datasets-3.2.1.tgz
rm vega-datasets-3.2.1.tgz
cat >delays.sql <<'END'
-- engine: duckdb
select count(*) as flights, count(distinct origin) as airports from 'package/data/flights-3m.parquet';
select a.name, a.state, count(*) as flights, round(avg(f.delay), 2) as delay
  from 'package/data/flights-3m.parquet' f join 'package/data/airports.csv' a on a.iata = f.origin
 group by all order by flights desc, a.name limit 5;
select location, max(temp_max) as hottest, sum(precipitation)::decimal(9, 1) as rain, count(*) filter (weather = 'snow') as snow
  from 'package/data/weather.csv' group by location order by location;
END
