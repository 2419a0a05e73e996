select 'before' as said;

select 1,
  from nowhere where;
select 'never' as said;
