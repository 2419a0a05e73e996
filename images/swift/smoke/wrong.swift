// Does not compile: a number is not a text. The build fails and the message names line 2.
let text: String = 42
print(text)
