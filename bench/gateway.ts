import { Agent, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import type { z } from "zod";
import { FrameDecoder } from "../kernel/abi/index.ts";
import type { Instance } from "../tests/setup/instance.ts";

/** The HTTP API on one kept connection, as a program with a client library uses it. */
export class Gateway implements Disposable {
  readonly #instance: Instance;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** A body is sent as JSON, or as its bytes. */
  ask(method: string, path: string, body?: object | Buffer): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const type = Buffer.isBuffer(body) ? "application/octet-stream" : "application/json";
    const headers = { authorization: `Bearer ${this.#instance.token}`, "content-type": type };
    const asked = request(`${this.#instance.url}/api/v1${path}`, { method, agent: this.#agent, headers }, (reply) => {
      if ((reply.statusCode ?? 500) < 300) resolve(reply);
      else json(reply).then((fault) => reject(new Error(`${method} ${path}: ${JSON.stringify(fault)}`)), reject);
    });
    asked.once("error", reject);
    asked.end(body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    return promise;
  }

  async get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    return schema.parse(await json(await this.ask("GET", path)));
  }

  async post<S extends z.ZodType>(path: string, body: object, schema: S): Promise<z.output<S>> {
    return schema.parse(await json(await this.ask("POST", path, body)));
  }

  async put(path: string, content: Buffer): Promise<void> {
    await json(await this.ask("PUT", path, content));
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

export interface Printed {
  /** Until the first byte of stdout. */
  firstByteMs: number;
  /** Until the end is known. */
  exitMs: number;
  stdout: string;
}

/** Reads the output of a process to its end. Fails where it printed nothing. */
export async function readOutput(output: AsyncIterable<Buffer>, from: number): Promise<Printed> {
  const decoder = new FrameDecoder();
  let firstByteMs: number | undefined;
  let exitMs: number | undefined;
  let stdout = "";
  for await (const chunk of output)
    for (const frame of decoder.push(chunk)) {
      if (frame.type === "stdout") {
        firstByteMs ??= performance.now() - from;
        stdout += Buffer.from(frame.data).toString("utf8");
      }
      if (frame.type === "end") exitMs = performance.now() - from;
    }
  if (firstByteMs === undefined) throw new Error("a program printed nothing");
  if (exitMs === undefined) throw new Error("the output has no end");
  return { firstByteMs, exitMs, stdout };
}
