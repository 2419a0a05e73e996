"""Maps: order of insertion, defaults, chains, keys of several kinds, and a million entries."""

from collections import ChainMap, OrderedDict, defaultdict

groups = defaultdict(list)
for word in "one two three four five six".split():
    groups[len(word)].append(word)
print(dict(groups))

recent = OrderedDict.fromkeys("abc")
recent.move_to_end("a")
print(list(recent), {(1, 2): "pair", None: "none", 1.0: "number"}[1])
print(dict(ChainMap({"a": 1}, {"a": 2, "b": 3})))

many = {number: number % 7 for number in range(1_000_000)}
print(len(many), sum(many.values()), many[999_999])
del many[0]
print(next(iter(many)), {"a": 1} | {"b": 2}, {1, 2, 3} & {2, 3, 4})
