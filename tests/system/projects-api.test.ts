import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { fileEntrySchema, type ProjectView } from "../../kernel/abi/index.ts";
import { archiveEnd, rawArchive, rawEntry, rawPax } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  bearer,
  faultOf,
  importProject,
  importRequest,
  inspect,
  outcomeOf,
  processes,
  projects,
  python,
  type Reply,
  run,
  send,
  sleeper,
  spawn,
} from "./caller.ts";

/** Projects over the HTTP API: what goes in comes out, and what is hostile neither goes in nor leads out. */

let instance: Instance;
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const { id } of await projects(instance)) await remove(id);
});

const onDisk = (): string[] => readdirSync(join(instance.home, "projects"));
const filesDir = (id: string): string => join(instance.home, "projects", id, "files");
const remove = (id: string): Promise<Reply> =>
  send(instance, `/api/v1/projects/${id}`, { method: "DELETE", headers: bearer(instance.token) });

interface File {
  path: string;
  type: string | null | undefined;
  mode: number | undefined;
  target: string | null | undefined;
  content: string;
}

/** What an archive holds, in the order of names. */
async function contentOf(archive: Buffer): Promise<File[]> {
  const files: File[] = [];
  const parser = extract();
  Readable.from([archive]).pipe(parser);
  for await (const entry of parser) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array));
    const { name, type, mode, linkname } = entry.header;
    const content = Buffer.concat(chunks).toString("base64");
    files.push({ path: name.replace(/\/$/, ""), type, mode, target: linkname, content });
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function exported(id: string): Promise<Buffer> {
  const response = await instance.api(`/api/v1/projects/${id}/archive`);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-tar"]);
  return Buffer.from(await response.arrayBuffer());
}

describe("a project", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const archive = rawArchive(
    { name: "bin/", flag: "5", mode: 0o755 },
    { name: "bin/run", content: "#!/bin/sh\necho ran\n", mode: 0o755 },
    { name: "bytes", content: bytes },
    { name: "empty", content: "" },
    { name: "hollow/", flag: "5", mode: 0o755 },
    { name: "inner", flag: "2", target: "bin/run" },
    rawPax({ path: "grüße/日本語 🎈.txt" }),
    { name: "short", content: "unicode" },
  );

  test("is exported as it was imported: bytes, modes, links, names and empty directories", async () => {
    const made = await importProject(instance, "round", archive);
    expect(made).toMatchObject({ name: "round", files: 5, bytes: 19 + 256 + 7 });
    expect(await projects(instance)).toEqual([made]);
    const files = await contentOf(await exported(made.id));
    const found = Object.fromEntries(
      files.map(({ path, type, mode, target, content }) => [path, [type, mode, target ?? null, content]]),
    );
    const text = (value: string | Buffer): string => Buffer.from(value).toString("base64");
    expect(found).toMatchObject({
      bin: ["directory", 0o755, null, ""],
      "bin/run": ["file", 0o755, null, text("#!/bin/sh\necho ran\n")],
      bytes: ["file", 0o644, null, text(bytes)],
      empty: ["file", 0o644, null, ""],
      hollow: ["directory", 0o755, null, ""],
      "grüße/日本語 🎈.txt": ["file", 0o644, null, text("unicode")],
    });
    expect(found["inner"]?.slice(2)).toEqual(["bin/run", ""]);
    // What came out goes in again, and comes out the same.
    const again = await importProject(instance, "again", await exported(made.id));
    expect(await contentOf(await exported(again.id))).toEqual(files);
  });

  test("runs from where it was imported, and a link inside of it leads where it says", async () => {
    const { id } = await importProject(instance, "runs", archive);
    const read = await run(instance, { project: id, argv: ["/project/inner"], table: ["FS_READ:/project"] });
    expect(read).toMatchObject({ stdout: "ran\n", outcome: { kind: "code", code: 0 } });
  });

  test("that is removed is gone from the list, the disk and the process table, with all that ran in it", async () => {
    const { id, root } = await importProject(instance, "gone", archive);
    const other = await importProject(instance, "stays", archive);
    const mine = await Promise.all([1, 2, 3].map(() => spawn(instance, { ...sleeper, project: id })));
    const theirs = await spawn(instance, { ...sleeper, project: other.id });
    expect((await remove(id)).status).toBe(204);
    expect((await projects(instance)).map(({ name }) => name)).toEqual(["stays"]);
    expect(onDisk()).toEqual([other.id]);
    await waitFor("only the other's container is left", async () => (await instance.containers()).length === 1);
    const pids = (await processes(instance, true)).map(({ pid }) => pid);
    expect(pids).not.toContain(root);
    for (const { pid } of mine) expect(pids).not.toContain(pid);
    expect((await inspect(instance, theirs.pid)).state.phase).toBe("running");
    expect(await faultOf(remove(id))).toMatchObject({ status: 404, code: "not_found" });
    expect(await faultOf(instance.api(`/api/v1/projects/${id}/archive`))).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });

  test("whose name is taken is a conflict, and the first stays as it is", async () => {
    const first = await importProject(instance, "name", rawArchive({ name: "a", content: "first" }));
    const second = importRequest(instance, "name", rawArchive({ name: "a", content: "second" }));
    expect(await faultOf(second)).toMatchObject({ status: 409, code: "conflict" });
    expect(onDisk()).toEqual([first.id]);
    expect(readFileSync(join(filesDir(first.id), "a"), "utf8")).toBe("first");
  });

  test("that is imported under one name by many at once exists once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => importRequest(instance, "race", rawArchive({ name: "a", content: `${n}` }))),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
    expect(onDisk()).toHaveLength(1);
    expect(await projects(instance)).toHaveLength(1);
  });

  test.each(["", ".", "..", "../x", "a/b", "-x", ".hidden", "a b", "ä", "x".repeat(64), "a\0", "a\n"])(
    "named %j is refused",
    async (name) => {
      expect(await faultOf(importRequest(instance, name, rawArchive({ name: "a" })))).toMatchObject({
        status: 400,
        code: "invalid",
      });
      expect(onDisk()).toEqual([]);
    },
  );
});

describe("an archive is refused, and nothing of it is left,", () => {
  const whole = rawArchive({ name: "a", content: Buffer.alloc(4096, 1) });
  test.each<[what: string, archive: Buffer, why: string]>([
    ["with an absolute path", rawArchive({ name: "/etc/x" }), "absolute path"],
    ["with a path that climbs", rawArchive({ name: "a/../../x" }), "'..'"],
    ["with a path that climbs in an extended header", rawArchive(rawPax({ path: "../x" }), { name: "x" }), "'..'"],
    ["with an absolute link", rawArchive({ name: "l", flag: "2", target: "/etc/passwd" }), "absolute"],
    ["with a link that leads out", rawArchive({ name: "l", flag: "2", target: "../../x" }), "leads outside"],
    [
      "with a link that leads out through another",
      rawArchive({ name: "d/e/up", flag: "2", target: "../.." }, { name: "l", flag: "2", target: "d/e/up/../x" }),
      "leads outside",
    ],
    [
      "with links in a circle",
      rawArchive({ name: "a", flag: "2", target: "b" }, { name: "b", flag: "2", target: "a" }),
      "leads back to itself",
    ],
    [
      "with a file beneath a link",
      rawArchive({ name: "l", flag: "2", target: "." }, { name: "l/x" }),
      "beneath a link",
    ],
    ["with a hard link that leads out", rawArchive({ name: "h", flag: "1", target: "../x" }), "'..'"],
    ["with a character device", rawArchive({ name: "c", flag: "3" }), "device"],
    ["with a block device", rawArchive({ name: "b", flag: "4" }), "device"],
    ["with a FIFO", rawArchive({ name: "p", flag: "6" }), "FIFO"],
    ["with an entry of an unknown type", rawArchive({ name: "u", flag: "Z" }), "unknown type"],
    ["with a sparse file", rawArchive(rawPax({ "GNU.sparse.major": "1" }), { name: "s" }), "sparse"],
    ["with a file over a directory", rawArchive({ name: "a", flag: "5" }, { name: "a" }), "there already"],
    ["with a name that is not UTF-8", rawArchive({ name: "a\xff" }), "UTF-8"],
    ["with a size of eight GiB and no bytes", rawArchive({ name: "a", size: 8 ** 11 - 1 }), "bytes"],
    ["that is cut off", whole.subarray(0, 1024), "truncated"],
    ["that is empty", Buffer.alloc(0), "truncated"],
    ["that is compressed", gzipSync(whole), "gzip"],
    ["that is a zip", Buffer.from("PK\u0003\u0004".padEnd(2048, "x")), "not a tar archive"],
    [
      "that goes on after its end",
      Buffer.concat([rawEntry({ name: "a" }), Buffer.alloc(1024, 7), archiveEnd]),
      "damaged",
    ],
    ["of zeros without end", Buffer.alloc(3 << 20), "belongs to no entry"],
  ])("%s", async (_what, archive, why) => {
    const good = why === "truncated" || why === "gzip" || why === "not a tar archive" || why === "belongs to no entry";
    // Something good comes first where it can, so that there is something to leave behind.
    const sent = good ? archive : Buffer.concat([rawEntry({ name: "good/file", content: "good" }), archive]);
    const fault = await faultOf(importRequest(instance, "bad", sent));
    expect(fault).toMatchObject({ status: 400, code: "invalid" });
    expect(fault.message).toContain(why);
    expect(onDisk()).toEqual([]);
    expect(await projects(instance)).toEqual([]);
    // The name is free again.
    await importProject(instance, "bad", rawArchive({ name: "a" }));
  });
});

test("an upload that is given up midway leaves nothing, and its name is free", async () => {
  const upload = request({
    host: "127.0.0.1",
    port: instance.port,
    method: "POST",
    path: "/api/v1/projects?name=half",
    headers: { ...bearer(instance.token), "content-type": "application/x-tar", "content-length": String(50 << 20) },
  });
  upload.on("error", () => undefined);
  upload.write(rawEntry({ name: "good/file", content: Buffer.alloc(1 << 20, 1) }));
  await waitFor("the upload is on disk", () =>
    onDisk().some((name) => existsSync(join(instance.home, "projects", name, "files/good/file"))),
  );
  expect(await faultOf(importRequest(instance, "half", rawArchive({ name: "a" })))).toMatchObject({ code: "conflict" });
  expect(await projects(instance)).toEqual([]);
  upload.destroy();
  await waitFor("nothing of it is left", () => onDisk().length === 0);
  await importProject(instance, "half", rawArchive({ name: "a" }));
});

describe("files", () => {
  let project: ProjectView;
  const open = async (): Promise<void> => {
    project = await importProject(
      instance,
      "files",
      rawArchive(
        { name: "a.txt", content: "hello" },
        { name: "run", content: "#!/bin/sh\n", mode: 0o755 },
        { name: "d/x" },
      ),
    );
  };
  const content = (path: string): string => `/api/v1/projects/${project.id}/content?path=${encodeURIComponent(path)}`;
  const read = (path: string): Promise<Response> => instance.api(content(path));
  const write = (path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> =>
    send(instance, content(path), { method: "PUT", body, headers: { ...bearer(instance.token), ...headers } });
  const erase = (path: string): Promise<Reply> =>
    send(instance, content(path), { method: "DELETE", headers: bearer(instance.token) });
  const entriesSchema = z.strictObject({ entries: z.array(fileEntrySchema), truncated: z.boolean() });
  async function list(path = ""): Promise<string[]> {
    const response = await instance.api(`/api/v1/projects/${project.id}/files?path=${encodeURIComponent(path)}`);
    return entriesSchema
      .parse(await response.json())
      .entries.map(({ name, kind, bytes }) => `${kind} ${name} ${bytes}`);
  }

  test("are listed with their kind and size, one directory at a time", async () => {
    await open();
    expect((await list()).map((entry) => entry.replace(/^(directory \S+) \d+$/, "$1"))).toEqual([
      "file a.txt 5",
      "directory d",
      "file run 10",
    ]);
    expect(await list("d")).toEqual(["file x 0"]);
    for (const path of ["nowhere", "a.txt"]) {
      const { code } = await faultOf(instance.api(`/api/v1/projects/${project.id}/files?path=${path}`));
      expect(code).toBe(path === "nowhere" ? "not_found" : "invalid");
    }
  });

  test.each<[what: string, path: string, body: Buffer]>([
    ["of every byte", "bytes", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ["of no bytes", "nothing", Buffer.alloc(0)],
    ["of eight MiB", "big", Buffer.alloc(8 << 20, "0123456789abcdef\n")],
    ["with a name of another script, in new directories", "neu/grüße/日本語 🎈 & ?#%.txt", Buffer.from("unicode")],
    ["with a name of spaces and quotes", " '\"$(id)`x` ", Buffer.from("x")],
    ["with a name that looks like an option", "-rf", Buffer.from("x")],
  ])("%s are read as they were written", async (_what, path, body) => {
    await open();
    const written = await write(path, body);
    expect(written.status).toBe(200);
    const response = await read(path);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    expect(response.headers.get("etag")).toBe(
      `"${z.object({ version: z.string() }).parse(JSON.parse(written.body.toString())).version}"`,
    );
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(readFileSync(join(filesDir(project.id), path)).equals(body)).toBe(true);
  });

  test("belong to the project's own user however they were written, and stay executable", async () => {
    await open();
    await write("run", "#!/bin/sh\necho new\n");
    await write("new", "x");
    const imported = lstatSync(join(filesDir(project.id), "a.txt"));
    for (const name of ["run", "new"]) {
      expect(lstatSync(join(filesDir(project.id), name))).toMatchObject({ uid: imported.uid, gid: imported.gid });
    }
    const ran = await run(instance, { project: project.id, argv: ["/project/run"], table: ["FS_READ:/project"] });
    expect(ran.stdout).toBe("new\n");
  });

  test("are written over the version that was read, or not at all", async () => {
    await open();
    const version = (await read("a.txt")).headers.get("etag") ?? "";
    expect((await write("a.txt", "mine", { "if-match": version })).status).toBe(200);
    expect(await faultOf(write("a.txt", "late", { "if-match": version }))).toMatchObject({
      status: 409,
      code: "conflict",
    });
    expect(await faultOf(write("a.txt", "new", { "if-none-match": "*" }))).toMatchObject({
      status: 409,
      code: "conflict",
    });
    expect(await faultOf(write("gone.txt", "x", { "if-match": version }))).toMatchObject({
      status: 409,
      code: "conflict",
    });
    expect(await (await read("a.txt")).text()).toBe("mine");
    expect((await write("new.txt", "new", { "if-none-match": "*" })).status).toBe(200);
    expect(await faultOf(write("a.txt", "x", { "if-match": "W/nonsense" }))).toMatchObject({
      status: 400,
      code: "invalid",
    });
    expect(await list()).toHaveLength(4);
  });

  test("that many write over one version are written by one of them", async () => {
    await open();
    const version = (await read("a.txt")).headers.get("etag") ?? "";
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => write("a.txt", `writer ${n}`, { "if-match": version })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 409),
    ]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await (await read("a.txt")).text()).toBe(`writer ${winner}`);
  });

  test("are not changed by a write that is given up midway", async () => {
    await open();
    const upload = request({
      host: "127.0.0.1",
      port: instance.port,
      method: "PUT",
      path: content("a.txt"),
      headers: { ...bearer(instance.token), "content-length": "1000000" },
    });
    upload.on("error", () => undefined);
    upload.write(Buffer.alloc(100_000, 1));
    await waitFor("it is under way", () =>
      readdirSync(filesDir(project.id)).some((name) => name.startsWith(".superos-")),
    );
    upload.destroy();
    await waitFor("nothing of it is left", () => readdirSync(filesDir(project.id)).length === 3);
    expect(await (await read("a.txt")).text()).toBe("hello");
  });

  test("are removed once, and a directory only when it is empty", async () => {
    await open();
    expect(await faultOf(erase("d"))).toMatchObject({ status: 409, code: "conflict" });
    for (const path of ["d/x", "d", "a.txt"]) expect((await erase(path)).status).toBe(204);
    expect(await faultOf(erase("a.txt"))).toMatchObject({ status: 404, code: "not_found" });
    expect(await faultOf(read("a.txt"))).toMatchObject({ status: 404, code: "not_found" });
    expect(await list()).toEqual(["file run 10"]);
  });

  test("that a program wrote are read, and what was written is seen by a program that runs", async () => {
    await open();
    const script =
      "import time,os\nopen('/project/made','w').write('by the program')\nwhile not os.path.exists('/project/go'): time.sleep(0.05)\nprint(open('/project/go').read())";
    const { pid } = await spawn(instance, {
      project: project.id,
      argv: python(script),
      table: ["FS_READ:/project", "FS_WRITE:/project"],
    });
    await waitFor("the program has written", async () => (await list()).includes("file made 14"));
    expect(await (await read("made")).text()).toBe("by the program");
    await write("go", "gone");
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 0 });
  });

  test("are not read, listed, written or removed through links that a program planted", async () => {
    await open();
    const secret = join(instance.home, "secret");
    writeFileSync(secret, "untouched");
    const script = [
      "import os",
      "os.symlink('/etc/passwd', '/project/absolute')",
      "os.symlink('../../../secret', '/project/climbing')",
      "os.symlink('../..', '/project/up')",
      "os.symlink('/', '/project/root')",
      "os.symlink('d', '/project/inside')",
      `os.symlink(${JSON.stringify(secret)}, '/project/secret')`,
      "os.mkfifo('/project/fifo')",
    ].join("\n");
    const planted = await run(instance, {
      project: project.id,
      argv: python(script),
      table: ["FS_READ:/project", "FS_WRITE:/project"],
    });
    expect(planted).toMatchObject({ outcome: { kind: "code", code: 0 }, stderr: "" });
    // The link does lead to the secret for whoever follows it.
    expect(readFileSync(join(filesDir(project.id), "climbing"), "utf8")).toBe("untouched");
    const passwd = readFileSync("/etc/passwd");

    for (const path of ["absolute", "climbing", "secret", "fifo", "up/project.json", "root/etc/passwd", "inside/x"]) {
      expect((await faultOf(read(path))).code).toBe("invalid");
      expect((await faultOf(write(path, "overwritten"))).code).toBe("invalid");
    }
    for (const path of ["up", "root", "inside", "root/etc"]) {
      const listed = instance.api(`/api/v1/projects/${project.id}/files?path=${path}`);
      expect((await faultOf(listed)).code).toBe("invalid");
    }
    for (const path of ["up/project.json", "root/etc/passwd", "inside/x"])
      expect((await faultOf(erase(path))).code).toBe("invalid");
    expect(readFileSync(secret, "utf8")).toBe("untouched");
    expect(readFileSync("/etc/passwd").equals(passwd)).toBe(true);
    expect(existsSync(join(instance.home, "projects", project.id, "project.json"))).toBe(true);
    expect(existsSync(join(filesDir(project.id), "d", "x"))).toBe(true);

    // They are listed as links, exported without what they lead to, and can be removed.
    expect((await list()).filter((entry) => entry.startsWith("link")).map((entry) => entry.split(" ")[1])).toEqual([
      "absolute",
      "climbing",
      "inside",
      "root",
      "secret",
      "up",
    ]);
    const files = await contentOf(await exported(project.id));
    expect(files.every(({ content: held }) => !Buffer.from(held, "base64").includes("untouched"))).toBe(true);
    for (const path of ["absolute", "climbing", "up", "root", "secret", "fifo"])
      expect((await erase(path)).status).toBe(204);
    expect(readFileSync(secret, "utf8")).toBe("untouched");
  });

  test("stay inside while a program swaps a directory for a link as fast as it can", async () => {
    await open();
    symlinkSync("/etc", join(filesDir(project.id), "other"));
    const script = [
      "import os, ctypes",
      "os.mkdir('/project/swap'); open('/project/swap/hostname','w').write('inside')",
      "libc = ctypes.CDLL(None); print('ready', flush=True)",
      "while not os.path.exists('/project/stop'): libc.renameat2(-100, b'/project/swap', -100, b'/project/other', 2)",
    ].join("\n");
    const { pid } = await spawn(instance, {
      project: project.id,
      argv: python(script),
      table: ["FS_READ:/project", "FS_WRITE:/project"],
    });
    await waitFor("it swaps", async () => (await list()).some((entry) => entry.startsWith("link swap")));
    const seen = new Set<string>();
    const hostname = readFileSync("/etc/hostname");
    for (let round = 0; round < 300; round += 1) {
      const response = await read("swap/hostname");
      seen.add(response.ok ? await response.text() : (await faultOf(response)).code);
      if (round % 10 === 0) await write("swap/written", "x");
    }
    await write("stop", "");
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 0 });
    expect([...seen].filter((text) => !["inside", "invalid", "not_found"].includes(text))).toEqual([]);
    expect(seen.has("inside")).toBe(true);
    expect(readFileSync("/etc/hostname").equals(hostname)).toBe(true);
    expect(existsSync("/etc/written")).toBe(false);
  });
});
