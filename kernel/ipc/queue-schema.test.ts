import { describe, expect, test } from "vitest";
import { QueueSchema } from "./queue-schema.ts";

type Schema = Record<string, unknown>;

const complaintOf = (schema: Schema, value: unknown, steps = 10_000): string | undefined =>
  new QueueSchema(schema).complaint(value, { left: steps });

describe("a queue's schema", () => {
  const order = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "An order",
    type: "object",
    properties: {
      id: { type: "integer", minimum: 1 },
      items: { type: "array", items: { $ref: "#/$defs/item" }, minItems: 1, maxItems: 3, uniqueItems: true },
      note: { type: ["string", "null"], maxLength: 5 },
    },
    required: ["id", "items"],
    additionalProperties: false,
    $defs: { item: { type: "object", properties: { name: { enum: ["pear", "apple"] } }, required: ["name"] } },
  };

  test.each([
    [{ id: 1, items: [{ name: "pear" }] }, undefined],
    [{ id: 1, items: [{ name: "pear" }], note: null }, undefined],
    [{ id: 1, items: [{ name: "pear" }], note: "🍐🍐🍐🍐🍐" }, undefined],
    [{ id: 1, items: [{ name: "pear" }], note: "too long" }, "/note has 8 characters, which is not at most 5"],
    [{ id: 0, items: [{ name: "pear" }] }, "/id is not at least 1"],
    [{ id: 1.5, items: [{ name: "pear" }] }, "/id is not of type integer"],
    [{ id: 1, items: [] }, "/items has 0 items, which is not at least 1"],
    [{ id: 1, items: [{ name: "plum" }] }, "/items/0/name is none of the values that are allowed"],
    [
      {
        id: 1,
        items: [
          { a: 1, name: "pear" },
          { name: "pear", a: 1 },
        ],
      },
      "/items has two items that are equal",
    ],
    [{ items: [{ name: "pear" }] }, 'it has no "id"'],
    [{ id: 1, items: [{ name: "pear" }], more: 1 }, 'it has "more", which is not one of its members'],
    ["text", "it is not of type object"],
    [null, "it is not of type object"],
    [[], "it is not of type object"],
  ])("takes what it says, and tells what is wrong: %j", (value, complaint) => {
    expect(complaintOf(order, value)).toBe(complaint);
  });

  test.each<[Schema, unknown[], unknown[]]>([
    [{}, [1, null, "x", {}], []],
    [{ const: { a: [1] } }, [{ a: [1] }], [{ a: [1, 2] }, 1]],
    [{ enum: [1, "1"] }, [1, "1"], [2, true, {}]],
    [{ exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2, "x"], [1, 3]],
    [{ maximum: 3 }, [3, -1e300], [3.1]],
    [{ multipleOf: 0.1 }, [0.3, 1, 0], [0.35]],
    [{ minLength: 2 }, ["ab", 1], ["🍐"]],
    [{ minProperties: 1, maxProperties: 2 }, [{ a: 1 }, []], [{}, { a: 1, b: 1, c: 1 }]],
    [{ prefixItems: [{ type: "string" }], items: { type: "number" } }, [["x", 1], ["x"], []], [[1], ["x", "y"]]],
    [{ prefixItems: [{ type: "string" }], items: false }, [["x"]], [["x", 1]]],
    [{ additionalProperties: { type: "number" } }, [{ a: 1 }], [{ a: "x" }]],
    [{ properties: { toString: { type: "number" } } }, [{}, { toString: 1 }], [{ toString: "x" }]],
    [{ required: ["constructor"] }, [{ constructor: 1 }], [{}]],
    [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0, 3]],
    [{ anyOf: [{ type: "string" }, { minimum: 1 }] }, ["x", 1], [0]],
    [{ oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] }, [2, 3], [6, 1]],
    [{ not: { type: "string" } }, [1], ["x"]],
    [{ properties: { a: false } }, [{}], [{ a: 1 }]],
    [{ definitions: { a: { type: "string" } }, $ref: "#/definitions/a" }, ["x"], [1]],
    [{ $defs: { "a/b~c": { type: "string" } }, $ref: "#/$defs/a~1b~0c" }, ["x"], [1]],
    [{ type: "object", additionalProperties: { $ref: "#" } }, [{ a: { b: {} } }], [{ a: { b: 1 } }]],
  ])("means by each keyword what JSON Schema means: %j", (schema, fits, others) => {
    expect(fits.filter((value) => complaintOf(schema, value) !== undefined)).toEqual([]);
    expect(others.filter((value) => complaintOf(schema, value) === undefined)).toEqual([]);
  });

  test.each<[Schema, RegExp]>([
    [{ pattern: "^(a+)+$" }, /pattern is not taken/],
    [{ properties: { a: { patternProperties: { a: {} } } } }, /patternProperties is not taken/],
    [{ format: "email" }, /format is not taken/],
    [{ $ref: "https://example.org/schema" }, /\$ref leads out of it/],
    [{ $ref: "other.json#/a" }, /\$ref leads out of it/],
    [{ $ref: "#/$defs/none" }, /\$ref leads nowhere/],
    [{ $ref: "#anchor" }, /\$ref leads nowhere/],
    [{ $defs: { a: { pattern: "x" } } }, /pattern is not taken/],
    [{ $ref: "#/examples/0", examples: [{ pattern: "x" }] }, /\$ref leads nowhere/],
    [{ $ref: "#/default/a", default: { a: { pattern: "x" } } }, /pattern is not taken/],
    [{ if: {}, else: {} }, /"if" is no keyword/],
    [{ unevaluatedProperties: false }, /no keyword/],
    [{ requierd: ["a"] }, /"requierd" is no keyword/],
    [{ type: "text" }, /no type "text"/],
    [{ type: 1 }, /type is not a list/],
    [{ minLength: -1 }, /minLength is not a count/],
    [{ minimum: "1" }, /minimum is not a number/],
    [{ multipleOf: 0 }, /multipleOf/],
    [{ items: [{}] }, /Use prefixItems|items is a list/],
    [{ properties: { a: 1 } }, /a schema is an object/],
    [{ required: "a" }, /required is not a list/],
    [{ anyOf: [] }, /anyOf is not a list/],
    [{ description: "x".repeat(20_000) }, /longer than/],
  ])("is refused as a whole where any of it is not understood: %j", (schema, message) => {
    expect(() => new QueueSchema(schema)).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringMatching(message) }),
    );
  });

  test("is refused when it is nested too deep", () => {
    let schema: Schema = {};
    for (let depth = 0; depth < 30; depth += 1) schema = { not: schema };
    expect(() => new QueueSchema(schema)).toThrow(/deeper than/);
  });
});

describe("a check that would not end", () => {
  const limited = (schema: Schema, value: unknown): string | undefined => complaintOf(schema, value, 100_000);

  test("ends where the schema refers to itself", () => {
    expect(() => limited({ $ref: "#" }, 1)).toThrow(expect.objectContaining({ code: "invalid" }));
    expect(() => limited({ anyOf: [{ $ref: "#" }, { $ref: "#" }] }, 1)).toThrow(
      expect.objectContaining({ code: "invalid" }),
    );
  });

  test("ends where each level asks the next one twice", () => {
    const levels = Array.from({ length: 40 }, (_, level) => [
      `l${level}`,
      { anyOf: [{ $ref: `#/$defs/l${level + 1}` }, { $ref: `#/$defs/l${level + 1}` }] },
    ]);
    const schema = { $ref: "#/$defs/l0", $defs: { ...Object.fromEntries(levels), l40: false } };
    expect(() => limited(schema, 1)).toThrow(/too many steps/);
  });

  test("ends where many messages have many values", () => {
    const schema = { items: { enum: [[1, 2, 3]] } };
    expect(() =>
      limited(
        schema,
        Array.from({ length: 60_000 }, () => [1, 2, 3]),
      ),
    ).toThrow(/too many steps/);
  });
});
