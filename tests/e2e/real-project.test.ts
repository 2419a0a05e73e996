import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { projectViewSchema, runtimeViewSchema } from "../../kernel/abi/index.ts";
import { type Finished, Instance } from "../setup/instance.ts";
import { entriesOf } from "./archive.ts";
import { DebianProject } from "./debian-project.ts";
import { runPlainly } from "./plain-container.ts";

/**
 * A project that nobody here wrote: Bottle, a web framework, with its own test suite.
 *
 * None of its tests needs the network or writes to its folder; files that they make go to /tmp. So the whole suite
 * passes with reading the project alone.
 */

const suite = ["python3", "-m", "unittest", "discover", "-s", "test", "-t", ".", "-p", "test_*.py"];

let bottle: DebianProject;
let instance: Instance;

beforeAll(async () => {
  bottle = await DebianProject.fetch("python-bottle");
  instance = await Instance.start();
  const imported = await instance.cli(["project", "import", bottle.folder, "--name", "bottle"]);
  if (imported.code !== 0) throw new Error(imported.stderr);
});

afterAll(async () => {
  await instance?.remove();
  bottle?.[Symbol.dispose]();
});

interface Summary {
  ran: number;
  verdict: string;
}

/** The runner's own last words. */
function summaryOf(output: string): Summary {
  const [, ran, verdict] = /^Ran (\d+) tests? in [\d.]+s\n\n(OK.*|FAILED.*)\n?$/m.exec(output) ?? [];
  return { ran: Number(ran), verdict: verdict ?? `no summary in: ${output.slice(-2000)}` };
}

const runSuite = (): Promise<Finished> => instance.cli(["run", "--project", "bottle", "--", ...suite]);

/** Writes a file of the project through the API. */
async function write(path: string, content: string): Promise<void> {
  const { projects } = z
    .object({ projects: z.array(projectViewSchema) })
    .parse(await (await instance.api("/api/v1/projects")).json());
  const id = projects.find(({ name }) => name === "bottle")?.id;
  const url = `/api/v1/projects/${id}/content?path=${encodeURIComponent(path)}`;
  const written = await instance.api(url, { method: "PUT", body: content });
  expect(written.status, await written.text()).toBe(200);
}

describe("the test suite of a real package", () => {
  it("passes as it does in a plain container of the same image", async () => {
    const runtimes = await (await instance.api("/api/v1/runtimes")).json();
    const { runtimes: known } = z.object({ runtimes: z.array(runtimeViewSchema) }).parse(runtimes);
    const image = known.find(({ name }) => name === "python")?.image ?? "";
    chmodSync(dirname(bottle.folder), 0o755);
    const plain = await runPlainly({ image, argv: suite, folder: bottle.folder });
    const ended = await runSuite();
    expect(summaryOf(plain.output)).toEqual({ ran: expect.any(Number), verdict: "OK" });
    expect(summaryOf(ended.stderr)).toEqual(summaryOf(plain.output));
    expect(summaryOf(ended.stderr).ran).toBeGreaterThan(300);
    expect([ended.code, plain.code]).toEqual([0, 0]);
  });

  it("fails by its own exit code, with its own report, when the package is broken", async () => {
    const whole = await runSuite();
    const source = readFileSync(join(bottle.folder, "bottle.py"), "utf8");
    const broken = source.replace(".replace('<', '&lt;')", "");
    expect(broken).not.toBe(source);
    await write("bottle.py", broken);
    try {
      const ended = await runSuite();
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain("FAIL: test_noescape_setting");
      expect(ended.stderr).not.toMatch(/^superos: /m);
      expect(summaryOf(ended.stderr)).toEqual({
        ran: summaryOf(whole.stderr).ran,
        verdict: expect.stringMatching(/^FAILED \(/),
      });
    } finally {
      await write("bottle.py", source);
    }
    expect((await runSuite()).code).toBe(0);
  });
});

describe("a real package", () => {
  it("comes back from an export as it was imported, file by file", async () => {
    const exported = await instance.cli(["project", "export", "bottle", "-"]);
    const entries = await entriesOf(exported.stdout);
    const files = [...entries].filter(([, { type }]) => type === "file");
    const folder = readdirSync(bottle.folder, { recursive: true, withFileTypes: true });
    expect(files).toHaveLength(folder.filter((entry) => entry.isFile()).length);
    for (const [path, { body, mode }] of files) {
      const file = join(bottle.folder, path);
      expect(body.equals(readFileSync(file)), path).toBe(true);
      expect((mode & 0o100) !== 0, path).toBe((statSync(file).mode & 0o100) !== 0);
    }
  });
});
