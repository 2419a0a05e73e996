import { Fault } from "../abi/index.ts";

/**
 * The keywords of JSON Schema (draft 2020-12, "Validation") that a queue's schema may have, each as what it checks.
 *
 * A keyword reads what it is given strictly and takes its steps from those that a check has. Applied to a value that it is
 * not about, it has nothing to say. Pure.
 */

/** How many steps are left of a check. */
export interface Steps {
  left: number;
}

export interface Complaint {
  readonly path: string;
  readonly says: string;
}

export type Check = (value: unknown, walk: Walk) => Complaint | undefined;
export interface Walk {
  readonly steps: Steps;
  depth: number;
}
export type Node = Readonly<Record<string, unknown>>;
/** Makes the check of one keyword from what it says and the schema it stands in; `undefined` for none. */
type Keyword = (says: unknown, node: Node, reader: SchemaReader) => Check | undefined;

/** Reads the schemas that a keyword holds. */
interface SchemaReader {
  read(schema: unknown): Check;
  /** An object of schemas, which are there to be referred to. */
  readAll(says: unknown, keyword: string): undefined;
  refer(says: unknown): Check;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isObject = isNode;
export const refuse = (
  what: string,
  hint = "See docs/ipc.md for the keywords that a queue's schema may have.",
): Fault => new Fault("invalid", `the schema is refused: ${what}`, { hint });

export function spend(walk: Walk, steps: number): void {
  walk.steps.left -= steps;
  if (walk.steps.left < 0)
    throw new Fault("invalid", "checking these messages by the queue's schema takes too many steps");
}

/** The same text for equal values, whatever the order of their members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).toSorted();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}

export const complain = (says: string): Complaint => ({ path: "", says });
const within = (key: string | number, complaint: Complaint | undefined): Complaint | undefined =>
  complaint === undefined ? undefined : { path: `/${key}${complaint.path}`, says: complaint.says };

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === "string",
  array: Array.isArray,
  object: isObject,
};

function requireCount(says: unknown, keyword: string): number {
  if (!Number.isSafeInteger(says) || Number(says) < 0) throw refuse(`${keyword} is not a count`);
  return Number(says);
}

function requireNumber(says: unknown, keyword: string): number {
  if (typeof says !== "number") throw refuse(`${keyword} is not a number`);
  return says;
}

function requireNames(says: unknown, keyword: string): string[] {
  if (!Array.isArray(says) || !says.every((name) => typeof name === "string"))
    throw refuse(`${keyword} is not a list of texts`);
  return says;
}

/** A bound of numbers. */
const number =
  (keyword: string, holds: (value: number, bound: number) => boolean, words: string): Keyword =>
  (says) => {
    const bound = requireNumber(says, keyword);
    return (value) =>
      typeof value !== "number" || holds(value, bound) ? undefined : complain(`is not ${words} ${bound}`);
  };

/** A bound of how many there are of something. */
const size =
  (keyword: string, sizeOf: (value: unknown) => number | undefined, things: string): Keyword =>
  (says) => {
    const bound = requireCount(says, keyword);
    const [holds, words] = keyword.startsWith("min")
      ? [(count: number) => count >= bound, "at least"]
      : [(count: number) => count <= bound, "at most"];
    return (value) => {
      const count = sizeOf(value);
      if (count === undefined || holds(count)) return undefined;
      return complain(`has ${count} ${things}, which is not ${words} ${bound}`);
    };
  };

const characters = (value: unknown): number | undefined =>
  typeof value === "string" ? Array.from(value).length : undefined;
const items = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined);
const members = (value: unknown): number | undefined => (isObject(value) ? Object.keys(value).length : undefined);

const isMultiple = (value: number, of: number): boolean => {
  const times = value / of;
  return Math.abs(times - Math.round(times)) <= Number.EPSILON * Math.max(1, Math.abs(times));
};

/** One of these values. */
function oneOfValues(values: readonly unknown[]): Check {
  const known = new Set(values.map(canonical));
  const structured = values.some((value) => typeof value === "object" && value !== null);
  return (value, walk) => {
    const simple = typeof value !== "object" || value === null;
    const text = simple || structured ? canonical(value) : undefined;
    spend(walk, text === undefined ? 1 : 1 + (text.length >> 4));
    return text !== undefined && known.has(text) ? undefined : complain("is none of the values that are allowed");
  };
}

/** How many of the schemas must fit. */
const several =
  (keyword: string, fits: (count: number, all: number) => boolean, says: string): Keyword =>
  (schemas, _node, reader) => {
    if (!Array.isArray(schemas) || schemas.length === 0) throw refuse(`${keyword} is not a list of schemas`);
    const checks = schemas.map((schema) => reader.read(schema));
    return (value, walk) => {
      const complaints = checks.map((check) => check(value, walk));
      const count = complaints.filter((complaint) => complaint === undefined).length;
      if (fits(count, checks.length)) return undefined;
      return keyword === "allOf" ? complaints.find((complaint) => complaint !== undefined) : complain(says);
    };
  };

const annotation: Keyword = () => undefined;
export const keywords: Readonly<Record<string, Keyword>> = {
  $schema: annotation,
  $comment: annotation,
  title: annotation,
  description: annotation,
  default: annotation,
  examples: annotation,
  deprecated: annotation,
  readOnly: annotation,
  writeOnly: annotation,
  $defs: (says, _node, reader) => reader.readAll(says, "$defs"),
  definitions: (says, _node, reader) => reader.readAll(says, "definitions"),
  $ref: (says, _node, reader) => reader.refer(says),

  type: (says) => {
    const names = typeof says === "string" ? [says] : requireNames(says, "type");
    const tests = names.map((name) => {
      const is = Object.hasOwn(types, name) ? types[name] : undefined;
      if (is === undefined) throw refuse(`there is no type ${JSON.stringify(name)}`);
      return is;
    });
    return (value) => (tests.some((is) => is(value)) ? undefined : complain(`is not of type ${names.join(" or ")}`));
  },
  enum: (says) => {
    if (!Array.isArray(says)) throw refuse("enum is not a list of values");
    return oneOfValues(says);
  },
  const: (says) => oneOfValues([says]),

  minimum: number("minimum", (value, bound) => value >= bound, "at least"),
  maximum: number("maximum", (value, bound) => value <= bound, "at most"),
  exclusiveMinimum: number("exclusiveMinimum", (value, bound) => value > bound, "more than"),
  exclusiveMaximum: number("exclusiveMaximum", (value, bound) => value < bound, "less than"),
  multipleOf: (says) => {
    const of = requireNumber(says, "multipleOf");
    if (of <= 0) throw refuse("multipleOf is not more than 0");
    return (value) =>
      typeof value !== "number" || isMultiple(value, of) ? undefined : complain(`is not a multiple of ${of}`);
  },
  minLength: size("minLength", characters, "characters"),
  maxLength: size("maxLength", characters, "characters"),
  minItems: size("minItems", items, "items"),
  maxItems: size("maxItems", items, "items"),
  minProperties: size("minProperties", members, "members"),
  maxProperties: size("maxProperties", members, "members"),

  uniqueItems: (says) => {
    if (typeof says !== "boolean") throw refuse("uniqueItems is not true or false");
    if (!says) return undefined;
    return (value, walk) => {
      if (!Array.isArray(value)) return undefined;
      const texts = value.map(canonical);
      spend(
        walk,
        texts.reduce((sum, text) => sum + 1 + (text.length >> 4), 0),
      );
      return new Set(texts).size === texts.length ? undefined : complain("has two items that are equal");
    };
  },
  prefixItems: (says, _node, reader) => {
    if (!Array.isArray(says)) throw refuse("prefixItems is not a list of schemas");
    const checks = says.map((schema) => reader.read(schema));
    return (value, walk) => {
      if (!Array.isArray(value)) return undefined;
      for (const [at, check] of checks.slice(0, value.length).entries()) {
        const complaint = within(at, check(value[at], walk));
        if (complaint !== undefined) return complaint;
      }
      return undefined;
    };
  },
  items: (says, node, reader) => {
    if (Array.isArray(says))
      throw refuse("items is a list", "Use prefixItems for items that have each a schema of its own.");
    const check = reader.read(says);
    const skipped = Array.isArray(node["prefixItems"]) ? node["prefixItems"].length : 0;
    return (value, walk) => {
      if (!Array.isArray(value)) return undefined;
      for (let at = skipped; at < value.length; at += 1) {
        const complaint = within(at, check(value[at], walk));
        if (complaint !== undefined) return complaint;
      }
      return undefined;
    };
  },

  required: (says) => {
    const names = requireNames(says, "required");
    return (value, walk) => {
      if (!isObject(value)) return undefined;
      spend(walk, names.length);
      const missing = names.find((name) => !Object.hasOwn(value, name));
      return missing === undefined ? undefined : complain(`has no ${JSON.stringify(missing)}`);
    };
  },
  properties: (says, _node, reader) => {
    if (!isNode(says)) throw refuse("properties is not an object of schemas");
    const checks = Object.entries(says).map(([name, schema]) => [name, reader.read(schema)] as const);
    return (value, walk) => {
      if (!isObject(value)) return undefined;
      spend(walk, checks.length);
      for (const [name, check] of checks) {
        const complaint = Object.hasOwn(value, name) ? within(name, check(value[name], walk)) : undefined;
        if (complaint !== undefined) return complaint;
      }
      return undefined;
    };
  },
  additionalProperties: (says, node, reader) => {
    const check = reader.read(says);
    const known = new Set(isNode(node["properties"]) ? Object.keys(node["properties"]) : []);
    return (value, walk) => {
      if (!isObject(value)) return undefined;
      for (const name of Object.keys(value)) {
        if (known.has(name)) continue;
        if (says === false) return complain(`has ${JSON.stringify(name)}, which is not one of its members`);
        const complaint = within(name, check(value[name], walk));
        if (complaint !== undefined) return complaint;
      }
      return undefined;
    };
  },
  allOf: several("allOf", (count, all) => count === all, ""),
  anyOf: several("anyOf", (count) => count > 0, "fits none of the schemas of anyOf"),
  oneOf: several("oneOf", (count) => count === 1, "does not fit exactly one of the schemas of oneOf"),
  not: (says, _node, reader) => {
    const check = reader.read(says);
    return (value, walk) =>
      check(value, walk) === undefined ? complain("fits the schema of not, which it must not") : undefined;
  },
};
