import fc from "fast-check";
import { z } from "zod";

/**
 * Values that a zod schema takes, most of the time: made from its JSON schema, which does not tell of refinements.
 *
 * `known` names, by a property's name, values that exist where the test runs, so that a request reaches something. Texts
 * of capabilities and of signals have grammars of their own.
 */

const nodeSchema = z.object({
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  pattern: z.string().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
});

export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const port = fc.constantFrom("", ":1", ":80", ":8000", ":65535");
const part = fc.constantFrom("", "/a", "/a/b", "/nothing");
const amount = fc.constantFrom("8Mi", "16Mi", "64Mi", "1Gi", "1Ti", "1");
export const capability: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "PROC_SPAWN",
    "PROC_SPAWN:python",
    "PROC_SPAWN:base",
    "PROC_SIGNAL",
    "NET_CONNECT:*",
    "NET_CONNECT:db",
  ),
  fc.constantFrom("IPC_SEND:jobs", "IPC_RECV:jobs", "SHM_MAP:frames:rw", "ML_CONTEXT:logs", "IMAGE:debian:trixie-slim"),
  fc.tuple(fc.constantFrom("FS_READ", "FS_WRITE"), part).map(([kind, path]) => `${kind}:/project${path}`),
  port.map((text) => `NET_BIND:localhost${text}`),
  port.map((text) => `NET_CONNECT:a.example${text}`),
  fc.tuple(fc.constantFrom("MEM", "DISK", "OUT"), amount).map(([kind, text]) => `${kind}:${text}`),
  fc.constantFrom("CPU:0.1", "CPU:1", "CPU:64", "PIDS:4", "PIDS:8", "PIDS:100000", "TIME:1s", "TIME:1h"),
);

export const usual: Known = {
  capability,
  table: fc.oneof(
    fc.array(capability, { maxLength: 5 }),
    fc.array(capability, { maxLength: 1 }).map((more) => ["MEM:16Mi", "CPU:0.1", "PIDS:8", ...more]),
  ),
  sealed: fc.oneof(fc.constant([]), fc.array(capability, { maxLength: 2 })),
  engineRuntime: fc.constantFrom(null, null, null, "runsc"),
  name: fc.constantFrom(null, null, "db"),
  stdout: fc.constantFrom(0, 0, 1, 2 ** 40),
  stderr: fc.constantFrom(0, 0, 1),
  signal: fc.constantFrom("SIGTERM", "SIGKILL", "kill", "15", "SIGSTOP", "SIGCONT", "SIGUSR1", "SIGWINCH"),
  runtime: fc.constantFrom("python", "python", "python", "cobol"),
  image: fc.constantFrom(null, null, null, "debian:trixie-slim", "a:*", "../x"),
  argv: fc.constantFrom(["true"], ["sleep", "1"], ["sh", "-c", "echo out; echo err >&2; exit 3"], ["not-there"]),
  cwd: fc.constantFrom(null, null, "/tmp", "/project", "/project/a", "/nowhere"),
  env: fc.constantFrom({}, { A: "b" }, { PATH: "/nowhere" }, { LD_PRELOAD: "/tmp/x.so" }),
  path: fc.constantFrom("", "a", "a/b", "new", "a/../b", "link", "deep/er/still"),
  timeoutMs: fc.integer({ min: 0, max: 50 }),
  waitMs: fc.integer({ min: 0, max: 50 }),
  topics: fc.constantFrom(["news"], ["kernel.process", "kernel.channel"], ["kernel.other"], []),
  follow: fc.constant(false),
  lossless: fc.constant(false),
  preview: fc.boolean(),
};

export function fromSchema(schema: z.ZodType, known: Known): fc.Arbitrary<unknown> {
  return arbitraryOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), { ...usual, ...known });
}

function arbitraryOf(schema: unknown, known: Known): fc.Arbitrary<unknown> {
  const node = nodeSchema.parse(schema);
  if ("const" in node && node.const !== undefined) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((each) => arbitraryOf(each, known)));
  switch (node.type ?? "any") {
    case "object":
      return objectOf(node, known);
    case "array":
      return fc.array(arbitraryOf(node.items ?? {}, known), {
        minLength: node.minItems ?? 0,
        maxLength: Math.min(node.maxItems ?? 4, 4),
      });
    case "string":
      return stringOf(node);
    case "integer":
    case "number":
      return fc.integer({
        min: node.minimum ?? (node.exclusiveMinimum ?? -1) + 1,
        max: Math.min(node.maximum ?? 1e9, 2 ** 31),
      });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function stringOf({ pattern, maxLength }: z.infer<typeof nodeSchema>): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: "binary", maxLength: Math.min(maxLength ?? 100, 100) });
}

/** Optional properties are there half of the time. */
function objectOf(node: z.infer<typeof nodeSchema>, known: Known): fc.Arbitrary<unknown> {
  const properties = Object.entries(node.properties ?? {}).map(([name, each]) => {
    const value = known[name] ?? arbitraryOf(each, known);
    return [name, value] as const;
  });
  return fc.record(Object.fromEntries(properties), { requiredKeys: node.required ?? [] });
}
