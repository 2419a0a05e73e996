import { describe, expect, test } from "vitest";
import { type SpawnRequest, spawnRequestSchema } from "../abi/index.ts";
import { requirePipeline } from "./pipeline.ts";

const stage = (more: Record<string, unknown> = {}): SpawnRequest =>
  spawnRequestSchema.parse({ runtime: "python", argv: ["cat"], table: [], ...more });

describe("the stages of a pipeline", () => {
  test("share their project and class; the first may have stdin, and each a name of its own", () => {
    const common = { project: "abcdefghij", class: "background" };
    requirePipeline([stage({ ...common, stdin: true, name: "a" }), stage({ ...common, name: "b" }), stage(common)]);
    expect(() => requirePipeline([stage(common), stage()])).toThrow("project must be the same");
    expect(() => requirePipeline([stage(), stage({ class: "background" })])).toThrow("class must be the same");
    expect(() => requirePipeline([stage(), stage({ tied: true })])).toThrow("tied must be the same");
  });

  test("have no terminal, no stdin but the first's, and no name twice", () => {
    const tty = { rows: 24, columns: 80 };
    expect(() => requirePipeline([stage(), stage({ tty })])).toThrow("no stage of a pipeline has a terminal");
    expect(() => requirePipeline([stage(), stage({ stdin: true })])).toThrow("only the first stage");
    expect(() => requirePipeline([stage({ name: "a" }), stage({ name: "a" })])).toThrow("one name");
  });
});
