"""A database in memory: transactions, a window function, and text that is searched."""

import sqlite3

database = sqlite3.connect(":memory:")
database.execute("create table sale (shop text, day integer, amount integer check (amount > 0))")
rows = [("north", 1, 10), ("north", 2, 20), ("south", 1, 5), ("south", 2, 50)]
with database:
    database.executemany("insert into sale values (?, ?, ?)", rows)
try:
    with database:
        database.execute("insert into sale values ('west', 1, 7)")
        database.execute("insert into sale values ('west', 2, -7)")
except sqlite3.IntegrityError as error:
    print(error)
query = "select shop, day, sum(amount) over (partition by shop order by day) from sale order by 1, 2"
for row in database.execute(query):
    print(*row)
