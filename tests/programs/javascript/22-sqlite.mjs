// A database in memory: a transaction that fails leaves nothing behind; a window function.
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(":memory:");
database.exec("create table sale (shop text, day integer, amount integer check (amount > 0))");
const insert = database.prepare("insert into sale values (?, ?, ?)");
for (const row of [
  ["north", 1, 10],
  ["north", 2, 20],
  ["south", 1, 5],
  ["south", 2, 50],
])
  insert.run(...row);
database.exec("begin");
try {
  insert.run("west", 1, 7);
  insert.run("west", 2, -7);
} catch (error) {
  database.exec("rollback");
  console.log(error.message);
}
const query = "select shop, day, sum(amount) over (partition by shop order by day) as total from sale order by 1, 2";
for (const { shop, day, total } of database.prepare(query).all()) console.log(shop, day, total);
