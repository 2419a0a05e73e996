import fc from "fast-check";

/** Requests that are nearly right: a valid value with one thing in it that is not. */

const awkward: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    -0,
    2 ** 53,
    "",
    " ",
    "__proto__",
    "\0",
    "\ud800",
    "..",
    "../..",
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    "x".repeat(5000),
    Array.from({ length: 500 }, () => "x"),
    JSON.parse("[".repeat(200) + "]".repeat(200)),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary" }),
);

/** Where something is put in, how deep, and what. */
const spoil = fc.record({
  how: fc.constantFrom("replace", "remove", "add", "wrap", "whole"),
  at: fc.nat(1000),
  depth: fc.nat(3),
  value: awkward,
});

type Spoil = typeof spoil extends fc.Arbitrary<infer T> ? T : never;

function spoilAt(target: unknown, { how, at, depth, value }: Spoil): unknown {
  if (how === "whole") return value;
  if (typeof target !== "object" || target === null) return value;
  const keys = Object.keys(target);
  if (how === "add") return Array.isArray(target) ? [...target, value] : { ...target, [`more${at}`]: value };
  const key = keys[at % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const inner: unknown = Reflect.get(target, key);
  const instead = depth > 0 && typeof inner === "object" ? spoilAt(inner, { how, at, depth: depth - 1, value }) : value;
  const changed = Object.entries(target).flatMap(([name, each]): [string, unknown][] => {
    if (name !== key) return [[name, each]];
    return how === "remove" ? [] : [[name, how === "wrap" ? [each] : instead]];
  });
  return Array.isArray(target) ? changed.map(([, each]) => each) : Object.fromEntries(changed);
}

export const spoiled = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(arbitrary, spoil).map(([value, how]) => spoilAt(value, how));

/** What a body may be: right, nearly right, any JSON, any bytes. */
export const bodies = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 4, arbitrary: arbitrary.map(asJson) },
    { weight: 4, arbitrary: spoiled(arbitrary).map(asJson) },
    { weight: 1, arbitrary: fc.jsonValue().map(asJson) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  );

const asJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? "");
