-- engine: duckdb
select 9007199254740993 as beyond_double, 170141183460469231731687303715884105727::hugeint as huge, 0.1::decimal(20,10) * 3 as exact;
select 0.1 + 0.2 as decimals, 0.1::double + 0.2::double as doubles, 1e308::double * 10 as much, 'nan'::float as none, 2::double as two;
select factorial(20) as f, 7 // 2 as whole, 7 / 2 as half, -7 % 3 as rest, 2 ** 62 as power;
