"""More than two megabytes in short lines."""

for number in range(150_000):
    print(f"{number:07d} {number * number}")
