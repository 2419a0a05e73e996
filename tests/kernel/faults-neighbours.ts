import { createHash } from "node:crypto";
import { z } from "zod";
import type { Outcome } from "../../kernel/abi/index.ts";
import { waitFor } from "../setup/wait-for.ts";
import { accepted, type Api, outcomeOf, outputOf, python, spawn } from "../system/caller.ts";

/**
 * Processes that do the same small piece of work again and again, beside others that fail.
 *
 * Each step has one right result, and each process tells which results it got and, for each phase that it was told of,
 * how long every step took by its own clock.
 */

const rounds = 3000;
const restMs = 20;

const program = `
import hashlib, json, os, select, sys, time
digests, phases, phase, left = set(), {}, "start", b""
def step():
    digest = b"work"
    for _ in range(${rounds}): digest = hashlib.sha256(digest).digest()
    return digest.hex()
while True:
    begin = time.monotonic_ns()
    digests.add(step())
    phases.setdefault(phase, []).append((time.monotonic_ns() - begin) // 1000)
    if len(phases[phase]) == 3: print("in", phase, flush=True)
    if select.select([0], [], [], ${restMs / 1000})[0]:
        data = os.read(0, 4096)
        if not data: break
        *lines, left = (left + data).split(b"\\n")
        for line in lines: phase = line.decode()
print("told", json.dumps({"digests": sorted(digests), "phases": phases}), flush=True)
`;

/** The one right result of a step. */
export const rightDigest = Array.from({ length: rounds })
  .reduce<Buffer>((digest) => createHash("sha256").update(digest).digest(), Buffer.from("work"))
  .toString("hex");

const told = z.strictObject({
  digests: z.array(z.string()),
  /** Microseconds of each step. */
  phases: z.record(z.string(), z.array(z.number())),
});

export interface Told extends z.output<typeof told> {
  outcome: Outcome;
}

export class Neighbours {
  readonly #api: Api;
  readonly pids: readonly number[];

  private constructor(api: Api, pids: readonly number[]) {
    this.#api = api;
    this.pids = pids;
  }

  /** Starts so many; they work when this returns. */
  static async start(api: Api, count: number): Promise<Neighbours> {
    const table = ["MEM:64Mi", "PIDS:8"];
    const views = await Promise.all(
      Array.from({ length: count }, () => spawn(api, { argv: python(program), table, stdin: true })),
    );
    const neighbours = new Neighbours(
      api,
      views.map(({ pid }) => pid),
    );
    await neighbours.#each("start");
    return neighbours;
  }

  /** Begins a phase in all; returns once each has worked in it. */
  async phase(name: string): Promise<void> {
    await Promise.all(this.pids.map((pid) => this.#write(pid, `${name}\n`)));
    await this.#each(name);
  }

  /** Lets all come to their end. */
  async finish(): Promise<Told[]> {
    await Promise.all(this.pids.map((pid) => this.#write(pid, "")));
    return Promise.all(
      this.pids.map(async (pid) => {
        const text = (await outputOf(this.#api, pid)).stdout.toString();
        const [, json = "null"] = /^told (.*)$/m.exec(text) ?? [];
        return { ...told.parse(JSON.parse(json)), outcome: await outcomeOf(this.#api, pid) };
      }),
    );
  }

  async #each(name: string): Promise<void> {
    await Promise.all(
      this.pids.map((pid) =>
        waitFor(`process ${pid} works in ${name}`, async () =>
          (await outputOf(this.#api, pid, false)).stdout.toString().includes(`in ${name}\n`),
        ),
      ),
    );
  }

  /** Nothing ends its input. */
  async #write(pid: number, body: string): Promise<void> {
    const path = `/api/v1/processes/${pid}/stdin?end=${body === ""}`;
    const headers = { "content-type": "application/octet-stream" };
    await accepted(z.strictObject({ bytes: z.number() }), this.#api.api(path, { method: "POST", body, headers }));
  }
}
