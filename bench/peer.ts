import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Writable } from "node:stream";
import { z } from "zod";
import { checkout } from "../tests/setup/instance.ts";

/**
 * A program of one end of a connection, in a box or outside of any, that does what this process tells it.
 *
 * It is `peer.py`, the same everywhere, and measures by its own clock: what this process does is in no figure.
 */

/** Whom a client asks: a Unix socket, a port of its loopback, or one through an HTTP proxy there. */
export interface Target {
  path?: string;
  port?: number;
  proxy?: number;
  headers?: Readonly<Record<string, string>>;
}

export interface Requests {
  to: Target;
  method: "GET" | "POST";
  url: string;
  body?: string;
  /** All on one connection, or each on one of its own, which is then part of its time. */
  kept: boolean;
  count: number;
}

export const directions = ["download", "upload"] as const;
export type Direction = (typeof directions)[number];

const reply = z.union([z.strictObject({ answer: z.unknown() }), z.strictObject({ error: z.string() })]);

export const peerArgv = ["python3", "-u", "-c", readFileSync(join(checkout, "bench", "peer.py"), "utf8")] as const;

export class Peer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  /** Takes a child that runs `peerArgv` somewhere, with its stdin and stdout. */
  constructor(child: ChildProcess) {
    if (child.stdin === null || child.stdout === null) throw new Error("a peer without stdin or stdout");
    this.#child = child;
    this.#stdin = child.stdin;
    this.#stdin.on("error", () => undefined);
    this.#reader = createInterface({ input: child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Listens, for as long as the peer runs; returns the port. */
  serve(port = 0): Promise<number> {
    return this.#ask(z.number(), { act: "serve", port });
  }

  /** Which process it is, of a peer in a box. */
  pid(): Promise<number> {
    return this.#ask(z.number(), { act: "pid" });
  }

  /** The time that each request took, in microseconds. */
  requests(requests: Requests): Promise<number[]> {
    return this.#ask(z.array(z.number()), { act: "requests", ...requests });
  }

  /** The seconds that so many bytes took. */
  transfer(direction: Direction, to: Target, bytes: number): Promise<number> {
    return this.#ask(z.number(), { act: direction, to, bytes });
  }

  async #ask<S extends z.ZodType>(schema: S, order: Record<string, unknown>): Promise<z.output<S>> {
    this.#stdin.write(`${JSON.stringify(order)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("a peer has ended");
    const answer = reply.parse(JSON.parse(line.value));
    if ("error" in answer) throw new Error(`a peer failed: ${answer.error}`);
    return schema.parse(answer.answer);
  }

  /** A peer ends with its input. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    const ended = exitCode === null && signalCode === null ? once(this.#child, "exit") : undefined;
    this.#stdin.end();
    await ended;
    this.#reader.close();
  }
}
