import { expect, test } from "vitest";
import { projectIdSchema, runtimeViewSchema } from "../../../kernel/abi/index.ts";
import { mayBuild, runsText } from "./runtime-facts.ts";

const recipe = { build: null, sources: [], run: ["c"] };
const c = runtimeViewSchema.parse({
  name: "c",
  title: "C",
  files: [
    { endings: [".c"], ...recipe },
    { endings: [".cc", ".c"], ...recipe },
  ],
  projects: [{ marker: "Makefile", ...recipe }],
  errors: [],
  quotas: [],
  state: "missing",
  progress: null,
  problem: null,
  version: null,
  image: null,
  imageBytes: null,
});

test("what a runtime runs is told once", () => {
  expect(runsText(c)).toBe(".c .cc Makefile");
});

test("who may run a runtime in some project may build its image, and nobody else", () => {
  const inProject = (...table: string[]) => ({
    table: ["ML_CONTEXT:logs"],
    projects: [{ project: projectIdSchema.parse("abcdefgh23"), role: "runner" as const, table }],
  });
  expect(mayBuild(inProject("PROC_SPAWN"), c)).toBe(true);
  expect(mayBuild(inProject("PROC_SPAWN:c"), c)).toBe(true);
  expect(mayBuild(inProject("PROC_SPAWN:python", "PROC_SIGNAL"), c)).toBe(false);
});
