"""A text given to exit goes to stderr, and the code is 1."""

raise SystemExit("no such account: 17")
