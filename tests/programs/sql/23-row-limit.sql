-- No more rows are read than are shown: this query would never end.
with recursive n(i) as (select 1 union all select i + 1 from n) select i from n;
select 1 as last;
