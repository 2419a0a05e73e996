import { expect, test } from "vitest";
import { runtimeViewSchema } from "../../../kernel/abi/index.ts";
import { runsText } from "./runtime-facts.ts";

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
