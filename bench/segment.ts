import { z } from "zod";
import { runtimeNameSchema, segmentViewSchema } from "../kernel/abi/index.ts";
import type { Instance } from "../tests/setup/instance.ts";
import { accepted, python, run } from "../tests/system/caller.ts";
import { type Summary, summarize } from "./statistics.ts";

/**
 * How fast a box copies into a segment and out of it, beside memory of its own of the same size, in Python and in Node.
 *
 * One program of each does all in turns, after it has touched every page of both.
 */

export interface SegmentResult {
  language: "Python" | "Node";
  name: "write" | "read";
  bytes: number;
  /** 1 MB is 10^6 bytes; of the rounds' rates. */
  megabytesPerSecond: { segment: Summary; own: Summary };
}

const inPython = (rounds: number): string => `
import json, mmap, os, time
file = os.open("/run/superos/shm/bench", os.O_RDWR)
size = os.fstat(file).st_size
segment = mmap.mmap(file, size, mmap.MAP_SHARED)
own = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
buffer = bytearray(size)
views = {"segment": memoryview(segment), "own": memoryview(own)}
source = memoryview(buffer)
for view in views.values(): view[:] = source
took = {"write": {"segment": [], "own": []}, "read": {"segment": [], "own": []}}
for turn in range(${rounds}):
    for name in sorted(views, reverse=turn % 2 == 0):
        for act in ("write", "read"):
            to, of = (views[name], source) if act == "write" else (source, views[name])
            begun = time.perf_counter()
            to[:] = of
            took[act][name].append(time.perf_counter() - begun)
print(json.dumps(took))`;

const inNode = (rounds: number): string => `
import { mapSegment } from "/usr/local/lib/superos/superos.ts";
const segment = mapSegment("bench", { write: true });
const source = Buffer.alloc(segment.length, 1);
const views = { segment, own: Buffer.alloc(segment.length, 1) };
segment.fill(1);
const took = { write: { segment: [], own: [] }, read: { segment: [], own: [] } };
for (let turn = 0; turn < ${rounds}; turn += 1)
  for (const name of turn % 2 === 0 ? ["segment", "own"] : ["own", "segment"])
    for (const act of ["write", "read"]) {
      const [to, of] = act === "write" ? [views[name], source] : [source, views[name]];
      const begun = performance.now();
      to.set(of);
      took[act][name].push((performance.now() - begun) / 1000);
    }
console.log(JSON.stringify(took));`;

const times = z.strictObject({ segment: z.array(z.number()), own: z.array(z.number()) });

export async function measureSegments(
  instance: Instance,
  { rounds, bytes, tell }: { rounds: number; bytes: number; tell: (text: string) => void },
): Promise<SegmentResult[]> {
  const rates = (seconds: readonly number[]): Summary => summarize(seconds.map((each) => bytes / 1e6 / each));
  tell("shared memory");
  await accepted(segmentViewSchema, instance.post("/api/v1/segments", { name: "bench", bytes }));
  try {
    const results: SegmentResult[] = [];
    for (const { language, argv } of [
      { language: "Python", argv: python(inPython(rounds)) },
      { language: "Node", argv: ["node", "--input-type=module", "-e", inNode(rounds)] },
    ] as const) {
      const runtime = runtimeNameSchema.parse(language.toLowerCase());
      const table = [`MEM:${3 * bytes + (128 << 20)}`, "CPU:1", "SHM_MAP:bench:rw"];
      const { stdout, stderr } = await run(instance, { argv, runtime, table });
      if (stdout === "") throw new Error(stderr);
      const took = z.strictObject({ write: times, read: times }).parse(JSON.parse(stdout));
      for (const name of ["write", "read"] as const) {
        const megabytesPerSecond = { segment: rates(took[name].segment), own: rates(took[name].own) };
        results.push({ language, name, bytes, megabytesPerSecond });
      }
    }
    return results;
  } finally {
    await instance.api("/api/v1/segments/bench", { method: "DELETE" });
  }
}
