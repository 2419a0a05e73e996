-- Running sums, ranks and neighbours.
create table score(player text, round integer, points integer);
insert into score values ('ann', 1, 5), ('ann', 2, 9), ('ann', 3, 2), ('bob', 1, 7), ('bob', 2, 7), ('bob', 3, 1);
select player, round, points,
       sum(points) over (partition by player order by round) as so_far,
       rank() over (order by points desc) as place,
       points - lag(points) over (partition by player order by round) as change
  from score
 order by player, round;
