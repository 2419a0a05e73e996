-- engine: duckdb
-- Standard input is read by the query itself, and its columns are found out.
select word, length(word) as letters, n * 2 as twice from read_csv('/dev/stdin', delim = ' ', names = ['word', 'n']) order by n desc;
