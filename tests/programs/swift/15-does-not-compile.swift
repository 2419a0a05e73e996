// Does not compile: a number is not a text.
let text: String = 42
print(text)
