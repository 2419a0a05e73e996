"""A program that cannot be parsed never starts."""

print("this is not reached")
def broken(:
    pass
