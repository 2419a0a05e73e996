import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { processViewSchema } from "../kernel/abi/index.ts";
import type { Instance } from "../tests/setup/instance.ts";
import { connected, liveClient } from "../tests/system/live-client.ts";
import { type Latency, latencyOf } from "./statistics.ts";

/**
 * From a key to its echo: through the gateway as a page types it, through `superos run -t`, and through `docker run -it`.
 *
 * The echo is a program's own (`cat` on a raw terminal), so that each key goes all the way and back. The two commands run
 * in a terminal of script(1) each. One key is under way at a time; the ways take turns, so that what else the machine does
 * is everybody's.
 */

export interface TerminalResult {
  name: string;
  microseconds: Latency;
}

export interface TerminalOptions {
  rounds: number;
  image: string;
  /** A command line of the CLI. */
  cli: readonly [string, ...string[]];
  /** Whether there is a `docker run` to compare with. */
  compared: boolean;
  tell: (text: string) => void;
}

const keysPerRound = 50;
/** As fast as somebody types who holds a key down. */
const betweenKeysMs = 5;
const echoTimeoutMs = 10_000;
const ready = "ready";
const program = ["sh", "-c", `stty raw -echo; echo ${ready}; exec cat`] as const;

/** Somebody at a terminal. */
interface Typist {
  name: string;
  /** Resolves once the text has come back. */
  echo: (text: string) => Promise<void>;
  close: () => Promise<void>;
}

/** What comes from a terminal, for whoever waits for it. */
class Screen {
  #text = "";
  #waiting: { text: string; seen: () => void } | undefined;

  show(data: Uint8Array): void {
    this.#text += Buffer.from(data).toString("latin1");
    if (this.#waiting !== undefined && this.#text.includes(this.#waiting.text)) this.#waiting.seen();
  }

  /** Forgets what was shown, does `act`, and waits until the text is shown. */
  async after(act: () => void, text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error(`no ${JSON.stringify(text)} on the terminal`)), echoTimeoutMs);
    this.#text = "";
    this.#waiting = { text, seen: resolve };
    act();
    await promise.finally(() => clearTimeout(late));
  }
}

async function atGateway(instance: Instance): Promise<Typist> {
  const tty = { rows: 24, columns: 80 };
  const request = { project: null, runtime: "python", argv: program, table: [], tty };
  const reply = await instance.post("/api/v1/processes", request);
  if (!reply.ok) throw new Error(`not started: ${await reply.text()}`);
  const { pid } = processViewSchema.parse(await reply.json());
  const client = liveClient(instance, { token: instance.token });
  const answer = await connected(client);
  if (answer !== "connected") throw new Error(`not connected: ${answer}`);
  const screen = new Screen();
  client.on("output", (...[, , , data, ack]) => {
    screen.show(data instanceof Uint8Array ? data : new Uint8Array(data));
    ack();
  });
  await screen.after(() => client.emit("output_open", { pid, stdout: 0, stderr: 0 }, () => undefined), ready);
  return {
    name: "through the gateway",
    echo: (text) => screen.after(() => client.emit("terminal_input", pid, Buffer.from(text), () => undefined), text),
    close: async () => {
      client.disconnect();
      await instance.post(`/api/v1/processes/${pid}/signal`, { signal: "SIGKILL" });
    },
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

async function inTerminal(name: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Typist> {
  const child: ChildProcess = spawn("script", ["-qefc", argv.map(quoted).join(" "), "/dev/null"], {
    env: { ...env, SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const screen = new Screen();
  child.stdout?.on("data", (data: Buffer) => screen.show(data));
  child.stdin?.on("error", () => undefined);
  const ended = once(child, "exit");
  await screen.after(() => undefined, ready);
  return {
    name,
    echo: (text) => screen.after(() => child.stdin?.write(text), text),
    close: async () => {
      // Its terminal is closed, at which each hangs up.
      child.kill("SIGTERM");
      await ended;
    },
  };
}

export async function measureTerminals(instance: Instance, options: TerminalOptions): Promise<TerminalResult[]> {
  const { rounds, image, cli, compared, tell } = options;
  const own = { ...process.env, SUPEROS_HOME: instance.home };
  const typists = [await atGateway(instance)];
  const container = `superos-bench-terminal-${process.pid}`;
  try {
    typists.push(await inTerminal("superos run -t", [...cli, "run", "-t", "--", ...program], own));
    if (compared) {
      const plain = ["docker", "run", "--rm", "-it", "--network", "none", "--name", container, image, ...program];
      typists.push(await inTerminal("docker run -it", plain, process.env));
    }
    const took = new Map(typists.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < rounds; round += 1) {
      tell(`keys and their echo, round ${round + 1} of ${rounds}`);
      for (const typist of typists) await typeRound(typist, took.get(typist.name) ?? []);
    }
    return [...took].map(([name, microseconds]) => ({ name, microseconds: latencyOf(microseconds) }));
  } finally {
    await Promise.all(typists.map((typist) => typist.close()));
    if (compared) await once(spawn("docker", ["rm", "-f", container], { stdio: "ignore" }), "exit");
  }
}

async function typeRound({ echo }: Typist, took: number[]): Promise<void> {
  for (let key = 0; key < keysPerRound; key += 1) {
    await sleep(betweenKeysMs);
    const from = performance.now();
    await echo(String.fromCharCode(97 + (key % 26)));
    took.push((performance.now() - from) * 1000);
  }
}
