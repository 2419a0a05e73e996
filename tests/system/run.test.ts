import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FrameDecoder, type Frame } from "../../kernel/abi/index.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { spawnBody, faultOf, inspect, kill, outcomeOf, python, run, statusOf } from "./caller.ts";
import { servicePid } from "./host-process.ts";

/** Spawning and reading in one call, and spawning where an embryo waits. */

let instance: Instance;

beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(async () => {
  await instance?.remove();
});

async function framesOf(response: Response): Promise<Frame[]> {
  return new FrameDecoder().push(new Uint8Array(await response.arrayBuffer()));
}

const textOf = (frames: readonly Frame[], stream: "stdout" | "stderr"): string =>
  Buffer.concat(frames.flatMap((frame) => (frame.type === stream ? [frame.data] : []))).toString("utf8");

const pidOf = (response: Response): number => Number(response.headers.get("superos-pid"));

describe("a run", () => {
  test("is a spawn whose answer is its output from the beginning to its outcome", async () => {
    const argv = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)");
    const response = await instance.post("/api/v1/run", spawnBody({ argv }));
    expect([response.status, response.headers.get("superos-phase")]).toEqual([200, "running"]);
    const frames = await framesOf(response);
    expect([textOf(frames, "stdout"), textOf(frames, "stderr")]).toEqual(["out\n", "err\n"]);
    const end = frames.at(-1);
    expect(end?.type === "end" && JSON.parse(Buffer.from(end.payload).toString("utf8"))).toEqual({
      kind: "code",
      code: 3,
    });
    expect(await outcomeOf(instance, pidOf(response))).toEqual({ kind: "code", code: 3 });
  });

  test("answers before the program writes, and goes on when its reader has gone", async () => {
    const gone = new AbortController();
    const response = await instance.api("/api/v1/run", {
      method: "POST",
      body: JSON.stringify(spawnBody({ argv: ["sleep", "3600"] })),
      headers: { "content-type": "application/json" },
      signal: gone.signal,
    });
    const pid = pidOf(response);
    gone.abort();
    await expect(response.arrayBuffer()).rejects.toThrow(/abort/);
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    await kill(instance, pid);
    expect(await outcomeOf(instance, pid)).toMatchObject({ kind: "killed" });
  });

  test("that is refused is a fault, and leaves a row in the audit log as one that is not", async () => {
    const refused = await instance.post("/api/v1/run", spawnBody({ argv: ["true"], table: ["CPU:4000"] }));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect((await faultOf(refused)).message).toMatch(/CPU/);
    const response = await instance.post("/api/v1/run", spawnBody({ argv: ["echo", "audited"] }));
    await response.arrayBuffer();
    const { stdout } = await instance.cli(["audit", "--json"]);
    expect(stdout.toString("utf8")).toContain(`"on": "${pidOf(response)} echo audited"`);
  });
});

describe("where an embryo waits", () => {
  /** One of its own: the pool counts the embryos of all shapes together. */
  let alone: Instance | undefined;

  afterAll(async () => {
    await alone?.remove();
  });

  test("policy is not asked again, but must be there", async () => {
    alone = await Instance.start();
    const only = alone;
    const used = { argv: ["echo", "warm"], table: ["MEM:48Mi", "PIDS:8"] };
    await run(only, used);
    await waitFor("an embryo is there", async () => (await statusOf(only)).pool.ready > 0);
    const policy = await servicePid(only, "policy");
    process.kill(policy, "SIGSTOP");
    try {
      expect(await (await only.post("/api/v1/run", spawnBody(used))).text()).toContain("warm");
      const other = only.post("/api/v1/run", spawnBody({ argv: ["echo", "cold"], table: ["MEM:49Mi", "PIDS:8"] }));
      const first = await Promise.race([
        other.then(() => "answered"),
        new Promise((resolve) => setTimeout(resolve, 2000, "waits")),
      ]);
      expect(first).toBe("waits");
      process.kill(policy, "SIGCONT");
      expect(await (await other).text()).toContain("cold");
    } finally {
      process.kill(policy, "SIGCONT");
    }
  });
});
