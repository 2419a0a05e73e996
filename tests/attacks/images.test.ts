import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ProjectView, runtimeViewSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { containersWith, engineGet } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { TestImages } from "../setup/test-images.ts";
import { accepted, faultOf, importProject, type Program, run, spawn, spawnBody } from "../system/caller.ts";

/**
 * Images whose maker wants more than the table of a process that is made from them: by what their configuration says, and
 * by what lies in them where a box has its own.
 */

let instance: Instance;
let images: TestImages;
let project: ProjectView;
/** The engine's volumes before anything was run. */
let before: unknown;

const name = `superos-test-attack-${process.pid}`;

beforeAll(async () => {
  instance = await Instance.start({ env: { SUPEROS_ALLOWED_IMAGES: `${name}:*` } });
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "x = 1\n" }));
  const schema = z.strictObject({ runtimes: z.array(runtimeViewSchema) });
  const { runtimes } = await accepted(schema, instance.api("/api/v1/runtimes"));
  images = await TestImages.of(name, runtimes.find((runtime) => runtime.name === "python")?.image ?? "");
  before = await engineGet("/volumes");
});
afterAll(async () => {
  await images.remove();
  await instance.remove();
});

const small = "MEM:64Mi";
const writes = [small, "FS_READ:/project", "FS_WRITE:/project"];
const from = (image: string, argv: readonly string[], more: Partial<Program> = {}): Program => ({
  runtime: null,
  image,
  argv,
  table: [small],
  ...more,
});
const python = (script: string): string[] => ["python3", "-c", script];

const status = `
import json, os
held = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
links = {name: os.path.exists("/sys/class/net/" + name) for name in ("lo", "eth0")}
print(json.dumps({
  "user": os.getuid(), "groups": os.getgroups(), "caps": [held["Cap" + each].strip() for each in ("Inh", "Prm", "Eff", "Bnd", "Amb")],
  "privileges": held["NoNewPrivs"].strip(), "seccomp": held["Seccomp"].strip(),
  "root": os.statvfs("/").f_flag & os.ST_RDONLY, "links": sorted(os.listdir("/sys/class/net")),
}))
`;

describe("an image whose configuration asks for more", () => {
  test("gets the user, the limits and the network of its table", async () => {
    const greedy = await images.build(
      "greedy",
      `FROM ${images.from}
USER root
RUN cp /usr/bin/env /usr/bin/as-root && chmod 4755 /usr/bin/as-root && echo 'root::0:0::/:/bin/sh' > /etc/passwd
EXPOSE 80
STOPSIGNAL SIGSTOP
LABEL superos.pid=1 superos.instance=another superos.project=stolen superos.generation=0
HEALTHCHECK --interval=1s CMD touch /tmp/checked
ONBUILD RUN touch /onbuild
ENV LD_PRELOAD=/no/such.so SUPEROS_PID=1 HOME=/root
`,
    );
    const { stdout, outcome } = await run(instance, from(greedy, ["as-root", ...python(status)]));
    expect(outcome).toEqual({ kind: "code", code: 0 });
    const said = z
      .object({ user: z.number(), groups: z.array(z.number()) })
      .loose()
      .parse(JSON.parse(stdout));
    expect(said).toMatchObject({
      caps: Array.from({ length: 5 }, () => "0000000000000000"),
      privileges: "1",
      seccomp: "2",
      root: 1,
      links: ["lo"],
    });
    expect(said.user).toBeGreaterThan(1_000_000);
    expect(said.groups.filter((group) => group !== said.user)).toEqual([]);
  });

  test("has no health check, no signal and no label of its own", async () => {
    const { pid } = await spawn(instance, from(`${name}:greedy`, ["sleep", "60"]));
    const container = (await containersWith(instance.label)).find(
      ({ Labels }) => Labels["superos.pid"] === String(pid),
    );
    const made = await engineGet(`/containers/${container?.Id}/json`);
    expect(made).toMatchObject({
      State: expect.not.objectContaining({ Health: expect.anything() }),
      Config: { Healthcheck: { Test: ["NONE"] }, StopSignal: "SIGTERM", Labels: { "superos.project": "" } },
    });
    await instance.post(`/api/v1/processes/${pid}/signal`, { signal: "SIGKILL" });
  });

  test("says to its program who it is, and not what the image says", async () => {
    const { stdout, pid } = await run(
      instance,
      from(`${name}:greedy`, python("import os; print(os.environ['SUPEROS_PID'])")),
    );
    expect(stdout).toBe(`${pid}\n`);
  });

  test.each([
    "/project",
    "/project/out",
    "/run",
    "/run/superos/x",
    "/etc",
    "/",
    "/proc/x",
    "/tmp/x",
    "/a/../project",
    "/data/",
  ])("is refused where it wants a volume at %s, and no container is made", async (path) => {
    const volumes = await images.build("volumes", `FROM ${images.from}\nVOLUME ["/data", "${path}"]\n`);
    const fault = await faultOf(instance.post("/api/v1/processes", spawnBody(from(volumes, ["true"]))));
    expect(fault).toMatchObject({ code: "unsupported", message: expect.stringContaining(`no box has: ${path}`) });
    expect(await containersWith(instance.label)).toEqual([]);
  });

  test("has its volumes in memory of its own: empty, bounded, without programs, and gone with it", async () => {
    const volumes = await images.build(
      "volumes",
      `FROM ${images.from}\nRUN mkdir -p /data && chmod 1777 /data && echo secret > /data/left\nVOLUME /data /var/lib/some/where\n`,
    );
    const said = z.object({
      found: z.array(z.string()),
      kept: z.string(),
      program: z.string(),
      full: z.string(),
      types: z.array(z.string()),
    });
    const script = `
import errno, json, os, subprocess
found = os.listdir("/data")
open("/data/x", "w").write("kept")
open("/var/lib/some/where/run", "w").write("#!/bin/sh\\n")
os.chmod("/var/lib/some/where/run", 0o777)
try: program = str(subprocess.call(["/var/lib/some/where/run"]))
except OSError as error: program = errno.errorcode[error.errno]
types = [line.split()[2] for line in open("/proc/mounts") if line.split()[1] in ("/data", "/var/lib/some/where")]
try:
    with open("/data/big", "wb") as big:
        for _ in range(64): big.write(bytes(1 << 20)); big.flush()
    full = "no"
except OSError as error: full = errno.errorcode[error.errno]
print(json.dumps({"found": found, "kept": open("/data/x").read(), "program": program, "full": full, "types": types}))
`;
    const { stdout, outcome } = await run(instance, from(volumes, python(script)));
    expect(outcome).toEqual({ kind: "code", code: 0 });
    expect(said.parse(JSON.parse(stdout))).toEqual({
      found: [],
      kept: "kept",
      program: "EACCES",
      full: "ENOSPC",
      types: ["tmpfs", "tmpfs"],
    });
    const again = await run(instance, from(volumes, ["ls", "/data", "/var/lib/some/where"]));
    expect(again.stdout).toBe("/data:\n\n/var/lib/some/where:\n");
    expect(await engineGet("/volumes")).toEqual(before);
  });

  test("pays for what it keeps in its volumes, inodes too", async () => {
    const script = "import os\nfor n in range(10 ** 7): os.mkdir('/data/%d' % n)";
    const { outcome } = await run(instance, from(`${name}:volumes`, python(script)));
    expect(outcome).toEqual({ kind: "oom" });
  });

  test("cannot put its own entry point in the gate's place", async () => {
    const entry = await images.build(
      "entry",
      `FROM ${images.from}\nRUN printf '#!/bin/sh\\necho taken\\n' > /bin/taken && chmod 755 /bin/taken && mkdir -p /run/superos && cp /bin/taken /run/superos/sos && cp /bin/taken /usr/local/bin/sos\nENTRYPOINT ["/bin/taken"]\nCMD ["more"]\n`,
    );
    // The entry point is the program, after the gate; what lies where the gate is, is covered.
    expect((await run(instance, from(entry, []))).stdout).toBe("taken\n");
    const plain = await images.build("entry-less", `FROM ${entry}\nENTRYPOINT []\nCMD []\n`);
    const self = await run(instance, from(plain, ["/run/superos/sos", "self"]));
    expect(JSON.parse(self.stdout)).toMatchObject({ pid: self.pid, image: plain, runtime: null });
  });
});

describe("an image in which something lies where a box has its own", () => {
  /**
   * What lies in it is made in another image: while one is built, some of these places are taken. The label keeps builders
   * apart that take directories with links of different names for the same.
   */
  const withLink = (place: string, target: string): string =>
    `FROM ${images.from} AS maker
RUN mkdir -p /x/bin "/x$(dirname ${place})" && cp /usr/local/bin/sos /x/bin/ && ln -s ${target} /x${place}
FROM scratch
LABEL link="${place} ${target}"
COPY --from=maker /x/ /
`;
  const places = [
    ["/project", "/"],
    ["/project", "/etc"],
    ["/project", "/proc"],
    ["/project", "/sys/kernel"],
    ["/project", "/run/superos"],
    ["/project", "/usr/bin"],
    ["/run", "/etc"],
    ["/run", "/project"],
    ["/run/superos", "/project"],
    ["/run/superos", "/tmp"],
    ["/tmp", "/project"],
    ["/tmp", "/"],
    ["/sbin", "/project"],
    ["/sbin", "/run/superos"],
  ] as const;

  test.each(places)("is refused with %s as a link to %s, and nothing of the project changes", async (place, target) => {
    const tag = `link${places.findIndex(([a, b]) => a === place && b === target)}`;
    const image = await images.build(tag, withLink(place, target));
    const request = spawnBody(from(image, ["sos", "self"], { project: project.id, table: writes }));
    const fault = await faultOf(instance.post("/api/v1/processes", request));
    expect(fault).toMatchObject({ code: "unsupported", message: expect.stringContaining(`its ${place} is a link`) });
    expect(readdirSync(join(instance.home, "projects", project.id, "files"))).toEqual(["main.py"]);
    expect(await containersWith(instance.label)).toEqual([]);
  });

  test.each(["/data", "/data/deep"])("is refused with a volume at %s where the way there is a link", async (path) => {
    const image = await images.build("volume-link", `${withLink("/data", "/project")}VOLUME ${path}\n`);
    const request = spawnBody(from(image, ["sos", "self"], { project: project.id, table: writes }));
    const fault = await faultOf(instance.post("/api/v1/processes", request));
    expect(fault).toMatchObject({ code: "unsupported", message: expect.stringContaining("its /data is a link") });
    expect(readdirSync(join(instance.home, "projects", project.id, "files"))).toEqual(["main.py"]);
    expect(await containersWith(instance.label)).toEqual([]);
  });

  test.each(["/proc", "/sys", "/dev", "/etc"])(
    "has the engine's own directory where %s is a link to the project, of which nothing changes",
    async (place) => {
      const image = await images.build(`engine${place.slice(1)}`, withLink(place, "/project"));
      const { stdout, pid } = await run(instance, from(image, ["sos", "self"], { project: project.id, table: writes }));
      expect(JSON.parse(stdout)).toMatchObject({ pid });
      expect(readdirSync(join(instance.home, "projects", project.id, "files"))).toEqual(["main.py"]);
    },
  );

  test("is refused with a file as /project", async () => {
    const image = await images.build("file", `FROM ${images.from}\nRUN echo > /project\n`);
    const request = spawnBody(from(image, ["true"], { project: project.id, table: writes }));
    expect(await faultOf(instance.post("/api/v1/processes", request))).toMatchObject({ code: "unsupported" });
  });

  test("is taken where the links lead nowhere else", async () => {
    const image = await images.build("sound", withLink("/var/run", "/run"));
    const { stdout, pid } = await run(instance, from(image, ["sos", "self"], { project: project.id, table: writes }));
    expect(JSON.parse(stdout)).toMatchObject({ pid, cwd: "/project" });
  });
});
