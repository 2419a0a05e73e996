import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDiagnostics } from "./index.ts";
import { brief } from "./sample-output.ts";

/** What real tools wrote, against what stands beside it: one complaint a line, and below it the calls that led there. */

const root = join(import.meta.dirname, "captured");
const captured = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".txt"));
const read = (name: string): string => readFileSync(join(root, name), "utf8");

test.each(captured.toSorted())("%s reads as what is beside it", (name) => {
  const family = name.split("/", 1);
  const { diagnostics } = readDiagnostics({
    text: read(name),
    families: family,
    around: { cwd: "/project", files: [] },
  });
  const told = diagnostics.map((diagnostic) => `${brief(diagnostic)}\n`).join("");
  expect(told).toBe(read(name.replace(/\.txt$/, ".read")));
});
