# Maps: named lists, environments as tables with a hash, groups, and a hundred thousand entries.
ages <- c(ada = 36, bo = 7)
ages[["cy"]] <- 50
ages <- ages[names(ages) != "bo"]
print(ages)
words <- strsplit("one two three four five six", " ")[[1]]
str(split(words, nchar(words)))

many <- new.env(hash = TRUE)
for (number in 1:100000) assign(paste0("key", number), number %% 7, envir = many)
print(length(ls(many)))
print(sum(unlist(mget(ls(many), envir = many))))
print(exists("key100001", envir = many, inherits = FALSE))
rm("key1", envir = many)
print(get0("key1", envir = many, inherits = FALSE, ifnotfound = "gone"))
print(match(c("b", "z"), letters[1:3]))
print(modifyList(list(a = 1, b = list(c = 2)), list(b = list(d = 3))) |> unlist())
