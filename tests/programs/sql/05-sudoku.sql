-- Solves a sudoku by a recursive query, as in SQLite's documentation.
with recursive
  input(sud) as (values ('53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79')),
  digits(z, lp) as (values ('1', 1) union all select cast(lp + 1 as text), lp + 1 from digits where lp < 9),
  x(s, ind) as (
    select sud, instr(sud, '.') from input
    union all
    select substr(s, 1, ind - 1) || z || substr(s, ind + 1), instr(substr(s, 1, ind - 1) || z || substr(s, ind + 1), '.')
      from x, digits as z
     where ind > 0
       and not exists (
         select 1 from digits as lp
          where z.z = substr(s, ((ind - 1) / 9) * 9 + lp, 1)
             or z.z = substr(s, ((ind - 1) % 9) + (lp - 1) * 9 + 1, 1)
             or z.z = substr(s, (((ind - 1) / 3) % 3) * 3 + ((ind - 1) / 27) * 27 + lp + ((lp - 1) / 3) * 6, 1))
  )
select s as solved from x where ind = 0;
