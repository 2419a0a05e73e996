import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ProjectView, runtimeNameSchema, runtimeViewSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { engineGet } from "../setup/engine.ts";
import { finish, Instance } from "../setup/instance.ts";
import { TestImages } from "../setup/test-images.ts";
import {
  accepted,
  faultOf,
  importProject,
  inspect,
  outcomeOf,
  outputOf,
  type Program,
  run,
  spawn,
  spawnBody,
} from "../system/caller.ts";
import { grantRequest } from "../system/slots.ts";

/** Processes that are made from images which are no runtime's: what they are, who may, and what counts of the image. */

const name = `superos-test-image-${process.pid}`;
let instance: Instance;
let images: TestImages;
let project: ProjectView;

beforeAll(async () => {
  instance = await Instance.start({ env: { SUPEROS_ALLOWED_IMAGES: `${name}:*,superos-test-absent:1` } });
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "x = 1\n" }));
  const schema = z.strictObject({ runtimes: z.array(runtimeViewSchema) });
  const { runtimes } = await accepted(schema, instance.api("/api/v1/runtimes"));
  images = await TestImages.of(name, runtimes.find((runtime) => runtime.name === "python")?.image ?? "");
  await images.build(
    "tool",
    `FROM ${images.from}
WORKDIR /srv/tool
ENV GREETING=hello
ENTRYPOINT ["python3", "-c", "import os, sys; print(os.getcwd(), os.environ['GREETING'], sys.argv[1:])"]
CMD ["by", "itself"]
`,
  );
  await images.build("plain", `FROM ${images.from}\nENTRYPOINT []\nCMD []\n`);
  await images.build(
    "static",
    `FROM scratch\nCOPY --from=${images.from} /usr/local/bin/sos /sos\nENTRYPOINT ["/sos"]\n`,
  );
});
afterAll(async () => {
  await images.remove();
  await instance.remove();
});

const small = "MEM:64Mi";
const from = (tag: string, argv: readonly string[], more: Partial<Program> = {}): Program => ({
  runtime: null,
  image: `${name}:${tag}`,
  argv,
  table: [small],
  ...more,
});
const refused = (program: Program) => faultOf(instance.post("/api/v1/processes", spawnBody(program)));

describe("a process of another image", () => {
  test("runs the image's program in its directory, with its variables", async () => {
    expect((await run(instance, from("tool", []))).stdout).toBe("/srv/tool hello ['by', 'itself']\n");
  });

  test("gets what is named behind the entry point, and variables and a directory that are named win", async () => {
    const ran = await run(instance, from("tool", ["a b"], { env: { GREETING: "bye" }, cwd: "/usr" }));
    expect(ran.stdout).toBe("/usr bye ['a b']\n");
  });

  test("starts in the project where it sees one", async () => {
    const more = { project: project.id, table: [small, "FS_READ:/project"] };
    expect((await run(instance, from("tool", [], more))).stdout).toMatch(/^\/project hello/);
  });

  test("is known by the reference, and has no runtime", async () => {
    const { pid } = await run(instance, from("tool", []));
    const view = await inspect(instance, pid);
    expect(view).toMatchObject({ image: `${name}:tool`, runtime: null });
    expect(view.argv.slice(3)).toEqual(["by", "itself"]);
  });

  test("needs nothing of the image: not a shell, not a library, not a directory", async () => {
    const { stdout, pid } = await run(instance, from("static", ["self"]));
    expect(JSON.parse(stdout)).toMatchObject({ pid, cwd: "/" });
  });

  test("gets arguments and variables byte for byte, and its exit code is the outcome", async () => {
    const texts = ["", " ", "\n", "a\n\nb\n", "\\n", "'", "$(id)", "*", "--", "=", "é\u0001", "😁".repeat(5000)];
    const script = "import os, sys; sys.stdout.write('\\0'.join([*sys.argv[1:], os.environ['TEXT']])); sys.exit(7)";
    const { stdout, outcome } = await run(
      instance,
      from("plain", ["python3", "-X", "utf8", "-c", script, ...texts], { env: { TEXT: "a\nb=c\n" } }),
    );
    expect(stdout.split("\0")).toEqual([...texts, "a\nb=c\n"]);
    expect(outcome).toEqual({ kind: "code", code: 7 });
  });

  test("that is not in the image ends with 127, and a directory that is not there is not found", async () => {
    const ran = await run(instance, from("plain", ["no-such-program"]));
    expect(ran.outcome).toEqual({ kind: "code", code: 127 });
    expect(ran.stderr).toContain("no-such-program");
    expect(await refused(from("plain", ["true"], { cwd: "/nowhere" }))).toMatchObject({ code: "not_found" });
    expect(await refused(from("plain", []))).toMatchObject({ code: "invalid" });
  });

  test("has a terminal where it is asked for", async () => {
    const { pid } = await spawn(
      instance,
      from("plain", ["sh", "-c", "test -t 0 && stty size"], { tty: { rows: 7, columns: 31 } }),
    );
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 0 });
    expect((await outputOf(instance, pid)).stdout.toString()).toContain("7 31");
  });

  test("is reached and reaches others as any other", async () => {
    const script =
      "import http.server as h; h.HTTPServer(('127.0.0.1', 8000), h.SimpleHTTPRequestHandler).serve_forever()";
    const server = await spawn(
      instance,
      from("plain", ["python3", "-c", script], {
        name: "web",
        table: [small, "NET_BIND:localhost:8000"],
        project: project.id,
      }),
    );
    const get = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/').status)";
    const retry = `import time\nfor _ in range(50):\n  try:\n    ${get.replace("; ", "\n    ")}\n    break\n  except OSError: time.sleep(0.1)`;
    const client = from("plain", ["python3", "-c", retry], { table: [small, "NET_CONNECT:web"], project: project.id });
    expect((await run(instance, client)).stdout).toBe("200\n");
    await instance.post(`/api/v1/processes/${server.pid}/signal`, { signal: "SIGKILL" });
  });

  test("is made from what the reference led to when it was asked for, whatever it leads to later", async () => {
    await images.build("moving", `FROM ${images.from}\nRUN echo first > /which\n`);
    const { pid } = await spawn(instance, from("moving", ["sleep", "60"]));
    const { Id: first } = z.object({ Id: z.string() }).parse(await engineGet(`/images/${name}:moving/json`));
    await images.build("moving", `FROM ${images.from}\nRUN echo second > /which\n`);
    expect((await run(instance, from("moving", ["cat", "/which"]))).stdout).toBe("second\n");
    const { container } = await inspect(instance, pid);
    expect(await engineGet(`/containers/${container}/json`)).toMatchObject({ Image: first });
    await instance.post(`/api/v1/processes/${pid}/signal`, { signal: "SIGKILL" });
  });

  test("is never made before it is asked for", async () => {
    const pool = async (): Promise<unknown> =>
      z.object({ pool: z.unknown() }).parse(await (await instance.api("/api/v1/status")).json()).pool;
    const before = await pool();
    for (let count = 0; count < 3; count += 1) await run(instance, from("static", ["self"]));
    expect(await pool()).toEqual(before);
  });
});

describe("who may have a process made from an image", () => {
  test("is who holds IMAGE of it: others are denied, by its name", async () => {
    const fault = await refused({ runtime: null, image: "debian", argv: ["true"], table: [small] });
    expect(fault).toMatchObject({ code: "denied", missing: "IMAGE:debian:latest" });
  });

  test("is a process that was given it, with PROC_SPAWN of everything", async () => {
    const reference = `${name}:static`;
    const child = `/run/superos/sos run --cap MEM:16Mi --image ${reference} -- self`;
    const parent = (table: readonly string[]) => run(instance, from("plain", ["sh", "-c", child], { table }));
    const quotas = ["MEM:128Mi", "PIDS:64"];
    const good = await parent([...quotas, "PROC_SPAWN", `IMAGE:${reference}`]);
    expect(JSON.parse(good.stdout)).toMatchObject({ image: reference, parent: good.pid });
    const other = await parent([...quotas, "PROC_SPAWN", `IMAGE:${name}:plain`]);
    expect(other).toMatchObject({
      outcome: { kind: "code", code: 125 },
      stderr: expect.stringContaining(`IMAGE:${reference}`),
    });
    const narrow = await parent([...quotas, "PROC_SPAWN:python", `IMAGE:${reference}`]);
    expect(narrow.stderr).toContain("PROC_SPAWN");
  });

  test("hands on no more than was given: one tag does not become every tag", async () => {
    const child = `/run/superos/sos spawn --cap MEM:16Mi --cap 'IMAGE:${name}:*' -- sleep 1`;
    const table = ["MEM:128Mi", "PIDS:64", "PROC_SPAWN", `IMAGE:${name}:plain`];
    const ran = await run(instance, from("plain", ["sh", "-c", child], { table }));
    expect(ran.stderr).toContain(`IMAGE:${name}:*`);
    expect(ran.outcome).toEqual({ kind: "code", code: 125 });
  });

  test("cannot name every image of a name, nor a runtime besides", async () => {
    expect(await refused(from("*", ["true"]))).toMatchObject({ code: "invalid" });
    expect(await refused(from("plain", ["true"], { runtime: runtimeNameSchema.parse("python") }))).toMatchObject({
      code: "invalid",
    });
    expect(await refused({ runtime: null, argv: ["true"] })).toMatchObject({ code: "invalid" });
  });
});

describe("an image that is not on the server", () => {
  test("is not found, and the fault says how it gets there", async () => {
    const fault = await refused({ runtime: null, image: "superos-test-absent:1", argv: ["true"], table: [small] });
    expect(fault).toMatchObject({
      code: "not_found",
      hint: expect.stringContaining("docker pull superos-test-absent:1"),
    });
  });
});

describe("a server that may pull", () => {
  const layer = rawArchive({ name: "hello", content: "from a registry\n" });
  const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Entrypoint: ["/run/superos/sos", "self"] },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    }),
  );
  const packed = gzipSync(layer);
  const described = (mediaType: string, content: Buffer) => ({
    mediaType,
    size: content.length,
    digest: digestOf(content),
  });
  const docker = "application/vnd.docker";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${docker}.distribution.manifest.v2+json`,
      config: described(`${docker}.container.image.v1+json`, config),
      layers: [described(`${docker}.image.rootfs.diff.tar.gzip`, packed)],
    }),
  );

  /** A registry with one image, as far as an engine asks: `/v2/team/tool`. */
  function registry(): Server {
    return createServer((request, response) => {
      const path = request.url ?? "";
      const found = [config, packed].find((content) => path.endsWith(`/blobs/${digestOf(content)}`));
      const isManifest = path === "/v2/team/tool/manifests/1" || path.endsWith(`/manifests/${digestOf(manifest)}`);
      const body = isManifest ? manifest : found;
      if (path === "/v2/") response.end("{}");
      else if (body === undefined) response.writeHead(404).end();
      else {
        const type = isManifest ? `${docker}.distribution.manifest.v2+json` : "application/octet-stream";
        response.writeHead(200, {
          "content-type": type,
          "content-length": body.length,
          "docker-content-digest": digestOf(body),
        });
        response.end(request.method === "HEAD" ? undefined : body);
      }
    });
  }

  test("gets an image that is allowed, and says why where it cannot; others are denied and not asked for", async () => {
    const server = registry().listen(0, "127.0.0.1");
    await once(server, "listening");
    const asked: (string | undefined)[] = [];
    server.on("request", ({ url }) => asked.push(url));
    const address = server.address();
    const tool = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/team/tool`;
    const env = { SUPEROS_ALLOWED_IMAGES: `${tool}:1,${tool}:2`, SUPEROS_PULL_IMAGES: "yes" };
    const pulling = await Instance.start({ env });
    try {
      const make = (image: string): Program => ({ runtime: null, image, argv: [], table: [small] });
      const fault = (image: string) => faultOf(pulling.post("/api/v1/processes", spawnBody(make(image))));
      expect(await fault(`${tool}:3`)).toMatchObject({ code: "denied", missing: `IMAGE:${tool}:3` });
      expect(asked).toEqual([]);
      expect(await fault(`${tool}:2`)).toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(`${tool}:2`),
      });
      const { stdout, pid } = await run(pulling, make(`${tool}:1`));
      expect(JSON.parse(stdout)).toMatchObject({ pid, image: `${tool}:1` });
    } finally {
      await pulling.remove();
      await finish("docker", ["image", "rm", "--force", `${tool}:1`]);
      server.close();
    }
  });
});

describe("a kernel that was killed", () => {
  test("leaves a process of an image to the next one, which hands it a port", async () => {
    const env = { SUPEROS_ALLOWED_IMAGES: `${name}:*` };
    const first = await Instance.start({ env });
    const { pid } = await spawn(first, from("plain", ["sleep", "60"], { table: [small, "PIDS:32"] }));
    const closed = once(first.kernel, "close");
    first.kernel.kill("SIGKILL");
    await closed;
    const second = await Instance.start({ env, home: first.home });
    try {
      expect(await inspect(second, pid)).toMatchObject({ image: `${name}:plain`, state: { phase: "running" } });
      expect((await grantRequest(second, pid, "NET_CONNECT:example.org:80")).status).toBe(201);
    } finally {
      await second.remove();
    }
  });
});

describe("the command", () => {
  test("runs an image as docker run would", async () => {
    const ran = await instance.cli(["run", "--image", `${name}:tool`, "--", "x"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout.toString()).toBe("/srv/tool hello ['x']\n");
  });

  test("takes no runtime besides an image, and needs a program without one", async () => {
    expect((await instance.cli(["run", "--image", `${name}:tool`, "--runtime", "node"])).code).toBe(2);
    expect((await instance.cli(["run"])).code).toBe(2);
    expect((await instance.cli(["run", "--image", "a b", "--", "x"])).code).toBe(2);
  });
});
