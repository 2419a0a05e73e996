-- engine: duckdb
-- JSON lines, from standard input, with nested values.
create view event as from read_json('/dev/stdin', format = 'newline_delimited', columns = {kind: 'varchar', who: 'struct(name varchar, age integer)', tags: 'varchar[]'});
create table e as from event;
select kind, who.name as name, who.age + 1 as next, len(tags) as tags from e order by name;
