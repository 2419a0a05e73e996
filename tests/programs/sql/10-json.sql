-- JSON taken apart, built and changed.
create table doc(body text);
insert into doc values ('{"name": "Ann", "tags": ["a", "b"], "at": {"x": 1.5}}'), ('{"name": "Bob", "tags": []}');
select body ->> '$.name' as name, json_array_length(body, '$.tags') as tags, body -> '$.at.x' as x from doc;
select json_each.value as tag from doc, json_each(doc.body, '$.tags');
select json_group_object(body ->> 'name', json_set(body, '$.tags[#]', 'new') -> '$.tags') as all_tags from doc;
