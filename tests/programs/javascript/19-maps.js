// Maps and sets: order of insertion, keys of several kinds, groups, and a million entries.
const words = "one two three four five six".split(" ");
const groups = Map.groupBy(words, (word) => word.length);
console.log(groups);
console.log(
  new Map([
    [NaN, "nan"],
    [1, "number"],
    ["1", "text"],
  ]).get(NaN),
  Object.keys({ b: 1, 2: 1, a: 1, 1: 1 }),
);

const many = new Map();
for (let number = 0; number < 1_000_000; number++) many.set(number, number % 7);
let sum = 0;
for (const value of many.values()) sum += value;
many.delete(0);
console.log(many.size, sum, many.keys().next().value);

const left = new Set([1, 2, 3]);
const right = new Set([2, 3, 4]);
console.log(left.intersection(right), left.symmetricDifference(right), left.isSubsetOf(right));
const weak = new WeakMap([[groups, "held"]]);
console.log(weak.get(groups), weak.has(many));
