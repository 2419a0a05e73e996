-- engine: duckdb
-- Lists, structs, maps and unions are values.
select [1, 2, null] as list, {'a': 1, 'b': 'x, y'} as struct, map {'k': [1.5]} as map, ['it''s', 'ok'] as words;
select unnest([{'x': 1, 'y': [2]}, {'x': 3, 'y': []}], recursive := true);
select list_transform([1, 2, 3], lambda n: n * n) as squares, list_filter(range(10), lambda n: n % 3 = 0) as threes;
