import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { engineGet } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { faultOf, importProject, outcomeOf, processes, run, spawn, spawnBody } from "../system/caller.ts";

/**
 * Engine runtimes that somebody asks for: used where the engine has them, refused where it does not, never replaced.
 *
 * What needs gVisor is skipped, by name, where the engine has no `runsc`.
 */

const { Runtimes: registered } = z
  .object({ Runtimes: z.record(z.string(), z.unknown()) })
  .parse(await engineGet("/info"));
const gvisor = Object.hasOwn(registered, "runsc");

let instance: Instance;
let project: ProjectView;
beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "print('hi')\n" }));
});
afterAll(() => instance.remove());

const program = { argv: ["cat", "/project/main.py"], table: ["FS_READ:/project"] };
const change = (engineRuntime: string | null): Promise<Response> =>
  instance.api(`/api/v1/projects/${project.id}`, {
    method: "PUT",
    body: JSON.stringify({ engineRuntime }),
    headers: { "content-type": "application/json" },
  });

describe("an engine runtime that is asked for", () => {
  test("and that the engine has is the container's own", async () => {
    const { pid, container } = await spawn(instance, { ...program, project: project.id, engineRuntime: "runc" });
    const made = z
      .object({ HostConfig: z.object({ Runtime: z.string() }) })
      .parse(await engineGet(`/containers/${container}/json`));
    expect(made.HostConfig.Runtime).toBe("runc");
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 0 });
  });

  test("and that it does not have is refused by name, and nothing is started in its place", async () => {
    const body = spawnBody({ ...program, project: project.id, engineRuntime: "no-such" });
    expect(await faultOf(instance.post("/api/v1/processes", body))).toMatchObject({
      status: 501,
      code: "unsupported",
      message: expect.stringContaining("no-such"),
      hint: expect.stringContaining("runc"),
    });
    expect(await processes(instance)).toEqual([]);
    expect(await faultOf(change("no-such"))).toMatchObject({ code: "unsupported" });
  });

  test("by a project holds for every process of it, and a request for another is refused", async () => {
    expect((await change("runc")).status).toBe(200);
    const { container } = await spawn(instance, { ...program, project: project.id });
    const made = z
      .object({ HostConfig: z.object({ Runtime: z.string() }) })
      .parse(await engineGet(`/containers/${container}/json`));
    expect(made.HostConfig.Runtime).toBe("runc");
    const body = spawnBody({ ...program, project: project.id, engineRuntime: "io.containerd.runc.v2" });
    expect(await faultOf(instance.post("/api/v1/processes", body))).toMatchObject({ code: "invalid" });
    expect((await change(null)).status).toBe(200);
  });

  test("that has a kernel of its own is given no part of a project", async (context) => {
    if (!gvisor) context.skip("the engine has no runsc");
    const body = spawnBody({
      ...program,
      project: project.id,
      table: ["FS_READ:/project/main.py"],
      engineRuntime: "runsc",
    });
    expect(await faultOf(instance.post("/api/v1/processes", body))).toMatchObject({ code: "unsupported" });
  });

  test("gVisor runs the program on its own kernel, reaches the process's socket, and leaves its directory alone", async (context) => {
    if (!gvisor) context.skip("the engine has no runsc");
    const script =
      "dmesg | head -1; cat main.py; touch /run/superos/planted 2>&1; rm /run/superos/stdin 2>&1; sos caps";
    const { stdout } = await run(instance, {
      argv: ["sh", "-c", script],
      table: ["FS_READ:/project", "NET_BIND:localhost:8080"],
      project: project.id,
      engineRuntime: "runsc",
    });
    expect(stdout).toContain("gVisor");
    expect(stdout).toContain("print('hi')");
    expect(stdout.match(/Permission denied/g)).toHaveLength(2);
    expect(stdout).toContain("NET_BIND:localhost:8080");
  });
});
