import { expect, test } from "vitest";
import { titleOf } from "./process-facts.ts";
import { sampleProcess } from "./sample-process.ts";

const out = "/project/.superos/build/0123";
const titleFor = (...argv: string[]): string => titleOf(sampleProcess({ pid: 7, argv }));

test("a process is called by its command line, on one line", () => {
  expect(titleFor("python3", "-c", "print(1)\nprint(2)")).toBe("python3 -c print(1) print(2)");
});

test("a program that was built is called without the place of its outputs", () => {
  expect(titleFor(`${out}/work/hello`, "world")).toBe("work/hello world");
});

test("a build is called by what it builds, not by where its outputs go", () => {
  expect(titleFor("superos-build", out, "c-file", "/project/src/main.c", out)).toBe("build of src/main.c");
  expect(titleFor("superos-build", out, "rust-file", `${out}/x`, "/project/a.rs")).toBe("build of a.rs");
  expect(titleFor("superos-build", out, "node", "/usr/lib/build.mts", "/project", out)).toBe("build of the project");
});
