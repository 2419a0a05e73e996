// Maps: typed keys and values, defaults, groups, and a million entries.
class DefaultMap<K, V> extends Map<K, V> {
  readonly #make: (key: K) => V;

  constructor(make: (key: K) => V) {
    super();
    this.#make = make;
  }

  override get(key: K): V {
    const found = super.get(key);
    if (found !== undefined) return found;
    const made = this.#make(key);
    this.set(key, made);
    return made;
  }
}

const lengths = new DefaultMap<number, string[]>(() => []);
for (const word of "one two three four five six".split(" ")) lengths.get(word.length).push(word);
console.log([...lengths]);

const many = new Map<number, number>();
for (let number = 0; number < 1_000_000; number++) many.set(number, number % 7);
console.log(
  many.size,
  many.values().reduce((sum, value) => sum + value, 0),
);

type Level = "low" | "high";
const levels: Record<Level, number> = { low: 1, high: 9 };
const inverse = Object.fromEntries(Object.entries(levels).map(([name, value]) => [value, name] as const));
console.log(
  inverse[9],
  Object.groupBy([1, 2, 3], (n): Level => (n > 2 ? "high" : "low")),
);
