import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { Fault } from "../../kernel/abi/index.ts";
import { Engine } from "../../kernel/docker/engine.ts";
import type { Terminal } from "../../kernel/docker/terminal.ts";
import { engineGet, engineSocket } from "../setup/engine.ts";
import { waitFor } from "../setup/wait-for.ts";
import { noOwnEngine, OwnEngine } from "./own-engine.ts";

/** The terminal of a container, with the real engine: every byte in both directions, its size, and what outlives whom. */

let engine = new Engine();
const images = z.array(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullable() }));
const image = images
  .parse(await engineGet("/images/json"))
  .find(({ RepoTags: tags }) => tags?.some((tag) => tag.startsWith("superos-base:")))?.Id;
const made: string[] = [];

let socketPath = engineSocket;

function post(path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const asked = request({ socketPath, path, method: "POST", headers }, (reply) => {
      json(reply).then(resolve, reject);
    });
    asked.once("error", reject);
    asked.end(JSON.stringify(body));
  });
}

/** A container with a terminal that runs a shell script once it is started. */
async function container(script: string): Promise<string> {
  const spec = {
    Image: image,
    Entrypoint: ["/bin/bash", "-c", script],
    Tty: true,
    OpenStdin: true,
    NetworkDisabled: true,
    Labels: { "superos.test": "terminal" },
    HostConfig: { NetworkMode: "none", Init: true, LogConfig: { Type: "none" } },
  };
  const { Id: id } = z.object({ Id: z.string() }).parse(await post("/containers/create", spec));
  made.push(id);
  return id;
}

/** A terminal with all that it has written. */
class Screen {
  readonly terminal: Terminal;
  readonly id: string;
  #pieces: Buffer[] = [];

  private constructor(id: string, terminal: Terminal) {
    this.id = id;
    this.terminal = terminal;
    terminal.on("data", (data) => this.#pieces.push(data));
    screens.push(this);
  }

  static async attach(id: string): Promise<Screen> {
    const screen = new Screen(id, await engine.attachTerminal(id));
    screen.terminal.resume();
    return screen;
  }

  static async run(script: string): Promise<Screen> {
    const screen = await Screen.attach(await container(script));
    await engine.start(screen.id);
    return screen;
  }

  get bytes(): Buffer {
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }

  shows(text: string): Promise<unknown> {
    return waitFor(`${JSON.stringify(text)} on the terminal`, () => this.text.includes(text), 20_000);
  }
}

const screens: Screen[] = [];
afterEach(async () => {
  for (const { terminal } of screens.splice(0)) terminal[Symbol.dispose]();
  await Promise.all(made.splice(0).map((id) => engine.remove(id)));
});

describe("a container's terminal", () => {
  test("shows the first byte that the program writes, and all that follow, and says when it is over", async () => {
    const screen = await Screen.run("stty -opost; seq 100000; echo done");
    await waitFor("the end", () => screen.terminal.destroyed);
    const lines = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join("");
    expect(screen.text === `${lines}done\n`).toBe(true);
    screen.terminal.write(Buffer.from("after the end"));
    await expect(screen.terminal.resize({ rows: 1, columns: 1 })).rejects.toMatchObject({ code: "bad_state" });
  });

  test("takes every byte, also those that an engine takes for its own", async () => {
    const detach = Buffer.of(16, 17, 16, 16, 17);
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const high = Buffer.from(Array.from({ length: 512 }, (_, index) => 0xf8 | (index & 7)));
    const pieces = [detach, every, Buffer.alloc(64, 0xff), high, randomBytes(100_000), detach];
    const input = Buffer.concat(pieces);
    const screen = await Screen.run(`stty raw -echo; echo ready; head -c ${input.length} | sha256sum`);
    await screen.shows("ready");
    for (const piece of pieces) {
      screen.terminal.write(piece.subarray(0, 1));
      screen.terminal.write(piece.subarray(1));
    }
    await expect(screen.shows(createHash("sha256").update(input).digest("hex"))).resolves.toBe(true);
  });

  test("gives each key to the program at once", async () => {
    const screen = await Screen.run("stty raw -echo; echo ready; exec cat -v");
    await screen.shows("ready");
    for (const [key, shown] of [
      ["\x10", "^P"],
      ["\x11", "^Q"],
      ["\x1b", "^["],
      ["\x03", "^C"],
      ["\xf8", "M-CM-8"],
      ["a", "a"],
    ] as const) {
      screen.terminal.write(Buffer.from(key));
      await expect(screen.shows(shown)).resolves.toBe(true);
    }
  });

  test("types the end of the input, and stays open", async () => {
    const screen = await Screen.run("echo ready; cat; echo first; cat; echo second");
    await screen.shows("ready");
    screen.terminal.write(Buffer.from("one\r"));
    screen.terminal.end();
    await screen.shows("first");
    screen.terminal.end();
    await expect(screen.shows("second")).resolves.toBe(true);
  });

  test("has the size that was set, and tells the program of another", async () => {
    const script = "trap 'stty size' WINCH; read -r; stty size; while :; do sleep 0.05; done";
    const screen = await Screen.run(script);
    await screen.terminal.resize({ rows: 24, columns: 81 });
    screen.terminal.write(Buffer.from("\r"));
    await screen.shows("24 81");
    await screen.terminal.resize({ rows: 1000, columns: 1000 });
    await screen.shows("1000 1000");
    await screen.terminal.redraw({ rows: 1000, columns: 1000 });
    await waitFor("a signal with its size as it was", () => screen.text.split("1000 1000\r\n").length >= 3);
    expect(screen.terminal.size).toEqual({ rows: 1000, columns: 1000 });
  });

  test("outlives those who are attached to it, of whom each sees all", async () => {
    const first = await Screen.run("echo ready; while read -r line; do echo got $line; done; echo over");
    await first.shows("ready");
    const second = await Screen.attach(first.id);
    first.terminal.write(Buffer.from("one\r"));
    for (const screen of [first, second]) await screen.shows("got one");
    first.terminal[Symbol.dispose]();
    await waitFor("the end of the first", () => first.terminal.destroyed);
    second.terminal.write(Buffer.from("two\r"));
    await second.shows("got two");
    second.terminal[Symbol.dispose]();
    const third = await Screen.attach(first.id);
    third.terminal.write(Buffer.from("three\r"));
    await third.shows("got three");
    third.terminal.end();
    await third.shows("over");
    expect(first.text).not.toContain("two");
  });

  test("holds the program back while its output is held back, and loses nothing of it", async () => {
    const bytes = 32 << 20;
    const screen = await Screen.attach(await container(`stty -opost; yes | head -c ${bytes}`));
    screen.terminal.pause();
    await engine.start(screen.id);
    await sleep(2000);
    expect(await engine.status(screen.id)).toMatchObject({ running: true });
    expect(screen.bytes.length).toBe(0);
    screen.terminal.resume();
    await waitFor("the end", () => screen.terminal.destroyed);
    expect(screen.bytes.length).toBe(bytes);
  });

  test("asks its writer to wait while the program reads nothing", async () => {
    const screen = await Screen.run(
      "stty raw -echo; echo ready; until [ -e /tmp/go ]; do sleep 0.05; done; head -c 5000000 | sha256sum",
    );
    await screen.shows("ready");
    const input = randomBytes(5_000_000);
    expect(screen.terminal.write(input)).toBe(false);
    await sleep(500);
    const drained = once(screen.terminal, "drain");
    await engine.execute(screen.id, ["touch", "/tmp/go"]);
    expect(await drained).toEqual([]);
    await screen.shows(createHash("sha256").update(input).digest("hex"));
  });

  test("is not there where the container is not, and has no size before the start", async () => {
    await expect(engine.attachTerminal("0".repeat(64))).rejects.toMatchObject({ code: "not_found" });
    const screen = await Screen.attach(await container("true"));
    await expect(screen.terminal.resize({ rows: 24, columns: 80 })).rejects.toBeInstanceOf(Fault);
  });
});

if (noOwnEngine !== undefined) process.stderr.write(`a terminal without its engine is not tested: ${noOwnEngine}\n`);

describe.skipIf(noOwnEngine !== undefined)("a terminal whose engine dies", () => {
  let own: OwnEngine;
  const liveRestore = true;
  beforeAll(async () => {
    own = new OwnEngine();
    await own.start({ liveRestore });
    await own.loadImages();
    vi.stubEnv("DOCKER_HOST", own.host);
    engine = new Engine();
    socketPath = own.socket;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    engine = new Engine();
    socketPath = engineSocket;
    await own.remove();
  });

  test("is there again when the engine is, where the program has gone on, and is over where it has not", async () => {
    const screen = await Screen.run(
      "trap 'stty size' WINCH; echo ready; while :; do read -r line && echo got $line; done",
    );
    const other = await Screen.run("echo ready; read -r");
    for (const each of [screen, other]) await each.shows("ready");
    await screen.terminal.resize({ rows: 33, columns: 99 });
    await own.stop("SIGKILL");
    // While the connection breaks a writer may be told to wait, and is not left waiting.
    const drained = once(screen.terminal, "drain");
    if (!screen.terminal.write(Buffer.from("lost\r"))) await drained;
    await own.start({ liveRestore });
    await engine.kill(other.id, "SIGKILL");
    await waitFor("the end", () => other.terminal.destroyed);
    await waitFor("what is typed to arrive", async () => {
      screen.terminal.write(Buffer.from("again\r"));
      await sleep(200);
      return screen.text.includes("got again");
    });
    expect(screen.terminal.destroyed).toBe(false);
    expect(screen.text).not.toContain("lost");
  });
});
