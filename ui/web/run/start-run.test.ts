import { expect, test } from "vitest";
import { projectIdSchema, runtimeNameSchema } from "../../../kernel/abi/index.ts";
import type { Outcome } from "../../../kernel/abi/index.ts";
import { ApiClient } from "../api/api-client.ts";
import { sampleProcess } from "../parts/sample-process.ts";
import { startRun } from "./start-run.ts";
import type { RunRequest } from "./start-run.ts";

const project = projectIdSchema.parse("abcdefgh23");
const runtime = runtimeNameSchema.parse("c");
const build = { argv: ["superos-build", "c-file"], cwd: "/project/src", table: ["FS_READ:/project", "CPU:2"] };
const run = { argv: ["/project/.superos/build/k/program"], cwd: "/project", table: ["FS_READ:/project"] };
const table = ["FS_READ:/project", "NET_BIND:localhost:80"];
const built: RunRequest = {
  kind: "planned",
  file: "src/main.c",
  arguments: ["--fast"],
  spawn: { project, runtime, table, name: "web", stdin: true, class: "background" },
};

/** A server that has one plan, and answers waits in turn. */
function serverWith(plan: object, outcomes: (Outcome | null)[]) {
  const asked: string[] = [];
  const spawned: unknown[] = [];
  const answer = (path: string, body: unknown): unknown => {
    if (path.endsWith("/plan")) return { runtime, file: "src/main.c", ...plan };
    if (path.endsWith("/wait")) return { outcome: outcomes.shift() ?? null };
    spawned.push(body);
    return sampleProcess({ pid: 10 + spawned.length });
  };
  const api = new ApiClient((input, init) => {
    const path = (typeof input === "string" ? input : "").replace("/api/v1", "");
    asked.push(path);
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    return Promise.resolve(Response.json(answer(path, body)));
  });
  const told: number[] = [];
  return { api, asked, spawned, told, onStart: ({ pid }: { pid: number }) => void told.push(pid) };
}

test("what is built is started when its build has ended well, and only the program gets the rights that were chosen", async () => {
  const server = serverWith({ build, run }, [null, { kind: "code", code: 0 }]);
  await startRun(server.api, built, server.onStart);
  expect(server.asked).toEqual([
    `/projects/${project}/plan`,
    "/processes",
    "/processes/11/wait",
    "/processes/11/wait",
    "/processes",
  ]);
  expect(server.spawned).toEqual([
    { project, runtime, ...build, name: null, stdin: false, class: "background" },
    { ...built.spawn, argv: [...run.argv, "--fast"], cwd: "/project" },
  ]);
  expect(server.told).toEqual([11, 12]);
});

test("outputs that are there are not built again", async () => {
  const server = serverWith({ build: null, run }, []);
  await startRun(server.api, built, server.onStart);
  expect(server.spawned).toEqual([{ ...built.spawn, argv: [...run.argv, "--fast"], cwd: "/project" }]);
});

test("a program whose build failed is not started", async () => {
  const server = serverWith({ build, run }, [{ kind: "code", code: 1 }]);
  await expect(startRun(server.api, built, server.onStart)).rejects.toThrow("the build of src/main.c failed");
  expect(server.told).toEqual([11]);
});

test("a command is started as it is", async () => {
  const server = serverWith({}, []);
  const spawn = { project, runtime, argv: ["ls"], table };
  await startRun(server.api, { kind: "command", spawn }, server.onStart);
  expect(server.spawned).toEqual([spawn]);
  expect(server.asked).toEqual(["/processes"]);
});
