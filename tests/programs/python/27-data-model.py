"""Classes: dataclasses, protocols, matching, context managers, descriptors and generics."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, total_ordering


@total_ordering
@dataclass(frozen=True)
class Version:
    parts: tuple[int, ...]
    tags: list[str] = field(default_factory=list, compare=False)

    @classmethod
    def parse(cls, text):
        return cls(tuple(map(int, text.split("."))))

    def __lt__(self, other):
        return self.parts < other.parts


class Stack[T]:
    def __init__(self, *items: T):
        self.items = list(items)

    @cached_property
    def top(self) -> T:
        return self.items[-1]


@contextmanager
def noted(name):
    print("enter", name)
    try:
        yield name.upper()
    finally:
        print("leave", name)


def describe(value):
    match value:
        case {"kind": "circle", "radius": r}:
            return f"circle {r}"
        case [first, *rest] if rest:
            return f"{first} and {len(rest)} more"
        case Version(parts=(major, *_)):
            return f"major {major}"
        case _:
            return "other"


print(max(map(Version.parse, ["1.9.3", "1.10", "1.2"])), Stack(1, 2).top)
with noted("room") as name:
    print(name)
print([describe(value) for value in ({"kind": "circle", "radius": 2}, [1, 2, 3], Version((3, 1)), 5)])
print(replace(Version((1,)), tags=["x"]))
