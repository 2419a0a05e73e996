-- Parameters are given on the command line, and are text.
select :name as name, :count + 1 as next, :missing as missing;
select 'many' where :count > 2;
