-- SQLite's full-text search is built in.
create virtual table note using fts5(title, body, tokenize = 'porter unicode61');
insert into note values
  ('Boats', 'Sailing boats and rowing boats'), ('Trains', 'Trains run on rails'), ('Running', 'She runs; he ran a boat race');
select title, snippet(note, 1, '[', ']', '...', 5) as found from note where note match 'boat' order by rank;
select count(*) as n from note where note match 'run NOT rail*';
