-- engine: duckdb
set timezone = 'UTC';
select date '2024-02-28' + 2 as leap, date '2024-03-01' - date '2024-02-01' as days, last_day(date '2023-02-01') as last;
select timestamptz '2024-03-31 01:30:00+00' at time zone 'Europe/Berlin' as berlin, epoch(timestamp '2001-09-09 01:46:40') as seconds;
select date_trunc('month', d)::date as month, count(*) as n
  from generate_series(timestamp '2024-01-15', timestamp '2024-03-02', interval 1 day) t(d) group by month order by month;
select strftime(timestamp '2024-07-04 15:06:07', '%A %d %B %Y, %I:%M %p') as words, interval '90 minutes' as span;
