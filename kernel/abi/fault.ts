import { z } from "zod";

/**
 * Faults: the refusals and failures that a caller should read.
 *
 * A fault is thrown, carries one code of `faultTable`, and crosses every door as the same JSON. A person's
 * program failing is never a fault (that is an outcome), and a bug is never dressed up as one: it becomes
 * `internal` at the boundary that caught it, with its stack in the log only.
 */

/** What each code means at each door. `retry` says whether the same request can succeed later. */
export const faultTable = {
  invalid: { http: 400, exit: 125, retry: false, hint: "Correct the request; the message names the field." },
  denied: { http: 403, exit: 125, retry: false, hint: "Ask for less, or use a session that holds the capability." },
  not_found: { http: 404, exit: 125, retry: false, hint: "List what exists: superos ps --all, superos project ls." },
  conflict: {
    http: 409,
    exit: 125,
    retry: false,
    hint: "Something with this name or version exists already; read it again.",
  },
  bad_state: {
    http: 409,
    exit: 125,
    retry: false,
    hint: "The process is not in a state that allows this; see superos inspect.",
  },
  exhausted: {
    http: 429,
    exit: 125,
    retry: true,
    hint: "A limit is reached; end something, or ask for a smaller quota.",
  },
  unavailable: { http: 503, exit: 125, retry: true, hint: "A part is down and will return; see superos status." },
  timed_out: { http: 504, exit: 125, retry: true, hint: "It took too long; try again, or look at superos status." },
  unsupported: {
    http: 501,
    exit: 125,
    retry: false,
    hint: "This host or this version cannot do it; see superos status.",
  },
  internal: {
    http: 500,
    exit: 125,
    retry: false,
    hint: "This is a defect of SuperOS; the log in SUPEROS_HOME has the details.",
  },
} as const satisfies Record<string, { http: number; exit: number; retry: boolean; hint: string }>;

export type FaultCode = keyof typeof faultTable;

export const faultCodes = Object.keys(faultTable) as [FaultCode, ...FaultCode[]];

/** A fault on the wire. `missing` is the capability whose absence caused a `denied`. */
export const faultSchema = z.strictObject({
  code: z.enum(faultCodes),
  message: z.string(),
  hint: z.string(),
  missing: z.string().optional(),
});
export type FaultBody = z.infer<typeof faultSchema>;

export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly hint: string;
  readonly missing: string | undefined;

  constructor(code: FaultCode, message: string, more: { hint?: string; missing?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint ?? faultTable[code].hint;
    this.missing = more.missing;
  }

  /** HTTP status of this fault. */
  get status(): number {
    return faultTable[this.code].http;
  }

  toBody(): FaultBody {
    const body: FaultBody = { code: this.code, message: this.message, hint: this.hint };
    return this.missing === undefined ? body : { ...body, missing: this.missing };
  }

  static fromBody(body: FaultBody): Fault {
    return new Fault(body.code, body.message, {
      hint: body.hint,
      ...(body.missing === undefined ? {} : { missing: body.missing }),
    });
  }
}

/** Turns what a boundary caught into a fault: a fault stays, anything else is `internal` without its details. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault("internal", "an internal error stopped this request", { cause: thrown });
}

/** No object of any request has more members, or is deeper. */
const memberLimit = 1024;
const depthLimit = 32;

/** What keeps a value from being looked into member by member, which is what checking a record does. */
function oddityOf(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const members = Object.values(value);
  if (depth > depthLimit || (!Array.isArray(value) && members.length > memberLimit))
    return `it is deeper than ${depthLimit}, or an object in it has more than ${memberLimit} members`;
  // A record would be without it then, and nobody told.
  if (Object.hasOwn(value, "__proto__")) return "nothing is called __proto__";
  for (const member of members) {
    const oddity = oddityOf(member, depth + 1);
    if (oddity !== undefined) return oddity;
  }
  return undefined;
}

/** A message names what was sent, but not all of it. */
const messageLimit = 1000;

/**
 * Parses a value from outside with a schema, or throws `invalid` naming the first field that does not fit.
 */
export function parseAtDoor<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const oddity = oddityOf(value);
  if (oddity !== undefined) throw new Fault("invalid", `${what}: ${oddity}`);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? what : `${what}: ${issue.path.map(String).join(".")}`;
  throw new Fault("invalid", `${where}: ${issue?.message ?? "does not fit"}`.slice(0, messageLimit));
}
