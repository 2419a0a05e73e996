import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { outcomeSchema, processViewSchema, type RuntimeView, statusSchema } from "../kernel/abi/index.ts";
import { type Plan, planSchema } from "../ui/gateway/plan/plan.ts";
import { type Gateway, readOutput } from "./gateway.ts";

/** Somebody who runs a file of a project by the HTTP API, as `superos run` does: asks how, has it built, starts it. */

const triesLimit = 5;

export interface Hello {
  runtime: RuntimeView;
  project: string;
  /** A file in the project, or a program of the image. */
  what: { file: string; content: Buffer } | { argv: readonly string[] };
}

type Pool = z.output<typeof statusSchema>["pool"];

/** The amount of one kind that a list of quotas names. */
export const amountOf = (quotas: readonly string[], kind: string): string =>
  quotas.find((quota) => quota.startsWith(`${kind}:`))?.slice(kind.length + 1) ?? "";

export interface Run {
  firstByteMs: number;
  planMs: number;
  plan: Plan | undefined;
}

export class User {
  /** What the program writes. */
  bytes = 0;
  /** Whether something had to be compiled. */
  builds = false;
  readonly #gateway: Gateway;
  readonly #hello: Hello;
  #shapes = 0;

  constructor(gateway: Gateway, hello: Hello) {
    this.#gateway = gateway;
    this.#hello = hello;
  }

  async run(more: readonly string[] = []): Promise<Run> {
    const { runtime, project, what } = this.#hello;
    const from = performance.now();
    let plan: Plan | undefined;
    if ("file" in what) {
      plan = await this.#gateway.post(
        `/projects/${project}/plan`,
        { file: what.file, runtime: runtime.name },
        planSchema,
      );
      if (plan.build !== null) await this.#build(plan.build);
    }
    const planMs = performance.now() - from;
    const { argv, table, cwd } = plan?.run ?? { argv: "argv" in what ? what.argv : [], table: [], cwd: null };
    const body = { project, runtime: runtime.name, argv, table: [...table, ...more], cwd };
    const output = await this.#gateway.ask("POST", "/run", body);
    const { firstByteMs, stdout } = await readOutput(output, from);
    this.bytes = Buffer.byteLength(stdout);
    return { firstByteMs, planMs, plan };
  }

  warm(): Promise<Run> {
    return this.#counted("hits", () => this.run());
  }

  /** With a quota that nobody has used. */
  cold(): Promise<Run> {
    return this.#counted("misses", () => {
      this.#shapes += 1;
      return this.run([`PIDS:${Number(amountOf(this.#hello.runtime.quotas, "PIDS")) + this.#shapes}`]);
    });
  }

  /** The file is written again, and run. */
  async change(): Promise<number> {
    const { project, what } = this.#hello;
    if (!("file" in what)) throw new Error("a program of an image is not changed");
    await this.#gateway.put(`/projects/${project}/content?path=${encodeURIComponent(what.file)}`, what.content);
    await this.settle();
    return (await this.run()).firstByteMs;
  }

  async #spawn(step: object): Promise<number> {
    const { project, runtime } = this.#hello;
    const body = { project, runtime: runtime.name, ...step };
    return (await this.#gateway.post("/processes", body, processViewSchema)).pid;
  }

  async #build(step: object): Promise<void> {
    this.builds = true;
    const pid = await this.#spawn(step);
    const schema = z.object({ outcome: outcomeSchema.nullable() });
    const { outcome } = await this.#gateway.get(`/processes/${pid}/wait?timeoutMs=600000`, schema);
    if (outcome?.kind !== "code" || outcome.code !== 0)
      throw new Error(`${this.#hello.runtime.name}: the build ended with ${JSON.stringify(outcome)}`);
  }

  /** Runs until one found an embryo, or found none, as it is meant to. */
  async #counted(kind: "hits" | "misses", once: () => Promise<Run>): Promise<Run> {
    for (let tries = 0; tries < triesLimit; tries += 1) {
      const before = await this.#pool();
      const run = await once();
      const after = await this.#pool();
      if (after[kind] === before[kind] + 1) return run;
      await this.settle();
    }
    throw new Error(`${this.#hello.runtime.name}: of ${triesLimit} runs in a row none was among the ${kind}`);
  }

  /** Waits until no embryo comes any more. */
  async settle(): Promise<void> {
    let pool = await this.#pool();
    for (let quiet = 0, asked = 0; quiet < 5 && asked < 50; asked += 1) {
      await sleep(200);
      const now = await this.#pool();
      quiet = now.ready === pool.ready ? quiet + 1 : 0;
      pool = now;
    }
  }

  async #pool(): Promise<Pool> {
    return (await this.#gateway.get("/status", statusSchema)).pool;
  }
}
