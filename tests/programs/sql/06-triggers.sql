-- A trigger with several steps, and a CASE in it, is one statement.
create table account(id integer primary key, balance integer not null);
create table entry(id integer primary key, account integer references account, amount integer);
create table log(line text);
create trigger booked after insert on entry begin
  update account set balance = balance + new.amount where id = new.account;
  insert into log values (case when new.amount < 0 then 'out ' else 'in ' end || abs(new.amount));
end;
insert into account values (1, 100), (2, 0);
insert into entry(account, amount) values (1, -30), (2, 30), (2, 5);
select * from account;
select * from log;
