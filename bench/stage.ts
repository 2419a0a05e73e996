import { spawn } from "node:child_process";
import { rawArchive } from "../kernel/fs/raw-archive.ts";
import type { Instance } from "../tests/setup/instance.ts";
import { accepted, importProject, send } from "../tests/system/caller.ts";
import { previewRequest } from "../tests/system/slots.ts";
import { z } from "zod";
import { Peer, peerArgv, type Target } from "./peer.ts";

/**
 * Who speaks with whom: two boxes of one project, and two plain containers in the host's network, all of one image.
 *
 * In each pair one only serves, so that a direct connection is one between two processes, as the others are.
 */

const boxPort = 5432;
const proxyPort = 3128;

export interface StageOptions {
  instance: Instance;
  image: string;
  /** A command line of the CLI. */
  cli: readonly [string, ...string[]];
  /** A port of the host that boxes may be allowed to reach by `SUPEROS_NET_PRIVATE`. */
  hostPort: number;
  /** A folder of the host, seen by the plain containers under the same path. */
  folder: string;
}

/** A client and whom it asks. */
export interface Asker {
  peer: Peer;
  to: Target;
}

export class Stage implements AsyncDisposable {
  /** In a plain container in the host's network. */
  readonly outside: Peer;
  /** In a box. */
  readonly inside: Peer;
  readonly insidePid: number;
  /** From outside to a server outside. */
  readonly hostLoopback: Asker;
  /** From a box to the same server. */
  readonly tunnel: Asker;
  /** From outside to a server in a box. */
  readonly preview: Asker;
  /** Within that box, to the same server. */
  readonly boxLoopback: Asker;
  /** From another box to the same server. */
  readonly endpoint: Asker;
  readonly #peers: readonly Peer[];

  private constructor(peers: Record<"outside" | "inside" | "serves" | "serving", Peer>, known: Known) {
    const { outside, inside, serves, serving } = peers;
    this.outside = outside;
    this.inside = inside;
    this.insidePid = known.insidePid;
    this.hostLoopback = { peer: outside, to: { port: known.hostPort } };
    this.tunnel = { peer: inside, to: { proxy: proxyPort, port: known.hostPort } };
    this.preview = { peer: outside, to: { port: known.gatewayPort, headers: known.headers } };
    this.boxLoopback = { peer: serving, to: { port: boxPort } };
    this.endpoint = { peer: inside, to: { port: boxPort } };
    this.#peers = [outside, inside, serves, serving];
  }

  static async set(options: StageOptions): Promise<Stage> {
    const { instance, image, cli, hostPort, folder } = options;
    await importProject(instance, "bench", rawArchive({ name: "main.py", content: "" }));
    const env = { ...process.env, SUPEROS_HOME: instance.home };
    const start = ([command, ...args]: readonly [string, ...string[]]): Peer =>
      new Peer(spawn(command, [...args, ...peerArgv], { env, stdio: ["pipe", "pipe", "inherit"] }));
    const box = (...args: string[]): Peer => start([...cli, "run", "--project", "bench", ...args, "--"]);
    const plain = (): Peer =>
      start(["docker", "run", "-i", "--rm", "--init", "--network", "host", "-v", `${folder}:${folder}`, image]);

    const [serves, outside] = [plain(), plain()];
    await serves.serve(hostPort);
    const serving = box("--name", "served", "--cap", `NET_BIND:localhost:${boxPort}`);
    await serving.serve(boxPort);
    const inside = box("--cap", `NET_CONNECT:127.0.0.1:${hostPort}`, "--cap", "NET_CONNECT:served");
    const headers = await enterPreview(instance, await serving.pid());
    const known = { hostPort, headers, gatewayPort: instance.port, insidePid: await inside.pid() };
    return new Stage({ outside, inside, serves, serving }, known);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) await peer[Symbol.asyncDispose]();
  }
}

interface Known {
  hostPort: number;
  gatewayPort: number;
  insidePid: number;
  headers: Readonly<Record<string, string>>;
}

/** The headers by which a browser that has opened the preview comes back. */
async function enterPreview(instance: Instance, pid: number): Promise<Readonly<Record<string, string>>> {
  const schema = z.object({ url: z.url() });
  const { host, pathname, search } = new URL((await accepted(schema, previewRequest(instance, pid, boxPort))).url);
  const { headers } = await send(instance, `${pathname}${search}`, { headers: { host } });
  const [cookie] = headers["set-cookie"]?.[0]?.split(";") ?? [];
  if (cookie === undefined) throw new Error("the preview did not open");
  return { host, cookie };
}
