import { Fault } from "../abi/index.ts";
import { type Check, complain, isNode, keywords, refuse, spend, type Steps } from "./queue-schema-keywords.ts";

/**
 * JSON Schemas of queues: read once, strictly, then applied to every message.
 *
 * A schema comes from whoever makes a queue and is as hostile as any input. Every keyword is either understood or refused,
 * none is skipped; those that hold regular expressions are refused, since one expression can keep the kernel busy for
 * ever; references stay within the schema; and a check takes no more steps than it is given. Nothing is generated as code.
 */

const textLimit = 16 << 10;
const schemaDepthLimit = 24;
const walkDepthLimit = 128;
const expressions = new Set(["pattern", "patternProperties", "format"]);

/** Reads a schema once, with everything that it refers to. */
class Reader {
  readonly #root: unknown;
  readonly #referred = new Map<string, Check | undefined>();
  #depth = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  /** The check of the whole, with all that it refers to: a schema may refer to what it is part of. */
  readRoot(): Check {
    const check = this.read(this.#root);
    // What is read may refer to more, which comes to the end.
    for (const ref of this.#referred.keys()) this.#referred.set(ref, this.read(this.#find(ref)));
    return check;
  }

  read(schema: unknown): Check {
    if (schema === true) return () => undefined;
    if (schema === false) return () => complain("is not allowed");
    if (!isNode(schema)) throw refuse("a schema is an object, true or false");
    if (this.#depth >= schemaDepthLimit) throw refuse(`it is deeper than ${schemaDepthLimit}`);
    this.#depth += 1;
    const checks = Object.entries(schema).flatMap(([name, says]) => {
      const keyword = Object.hasOwn(keywords, name) ? keywords[name] : undefined;
      if (keyword !== undefined) return keyword(says, schema, this) ?? [];
      if (expressions.has(name))
        throw refuse(`${name} is not taken`, "Check what it says where the message is received.");
      throw refuse(`${JSON.stringify(name.slice(0, 64))} is no keyword that this version knows`);
    });
    this.#depth -= 1;
    return (value, walk) => {
      spend(walk, 1);
      if (walk.depth >= walkDepthLimit) throw new Fault("invalid", "the queue's schema refers to itself without end");
      walk.depth += 1;
      try {
        for (const check of checks) {
          const complaint = check(value, walk);
          if (complaint !== undefined) return complaint;
        }
        return undefined;
      } finally {
        walk.depth -= 1;
      }
    };
  }

  readAll(says: unknown, keyword: string): undefined {
    if (!isNode(says)) throw refuse(`${keyword} is not an object of schemas`);
    for (const schema of Object.values(says)) this.read(schema);
  }

  refer(says: unknown): Check {
    if (typeof says !== "string") throw refuse("$ref is not a text");
    if (!this.#referred.has(says)) this.#referred.set(says, undefined);
    return (value, walk) => this.#referred.get(says)?.(value, walk);
  }

  #find(ref: string): unknown {
    if (!ref.startsWith("#")) throw refuse("$ref leads out of it", "Put what it needs below $defs.");
    let at: unknown = this.#root;
    for (const part of ref.slice(1).split("/").slice(1)) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      at = isNode(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    }
    if (at === undefined || !/^#($|\/)/.test(ref)) throw refuse(`$ref leads nowhere: ${ref.slice(0, 64)}`);
    return at;
  }
}

export class QueueSchema {
  readonly #check: Check;

  /** Faults: `invalid` for what is not understood as a whole. */
  constructor(schema: Readonly<Record<string, unknown>>) {
    if (JSON.stringify(schema).length > textLimit) throw refuse(`it is longer than ${textLimit} characters`);
    this.#check = new Reader(schema).readRoot();
  }

  /** What a message has against it, or `undefined`. Faults: `invalid` when it takes more steps than there are left. */
  complaint(message: unknown, steps: Steps): string | undefined {
    const complaint = this.#check(message, { steps, depth: 0 });
    if (complaint === undefined) return undefined;
    return `${complaint.path === "" ? "it" : complaint.path.slice(0, 256)} ${complaint.says}`;
  }
}
