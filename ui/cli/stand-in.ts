import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { Cli } from "./cli.ts";
import { GatewayClient } from "./http/client.ts";
import { runCommand } from "./main.ts";
import type { Output } from "./stdio.ts";

/**
 * For tests of whole command lines: a server in the gateway's place, and what the command wrote.
 *
 * A route that the test does not name is answered with 404 as the gateway would; each request is remembered.
 */

class Memory implements Output {
  readonly isTty = false;
  readonly columns = undefined;
  text = "";

  write(data: string | Uint8Array): Promise<void> {
    this.text += String(data);
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

export interface Asked {
  /** `METHOD /path?query` below /api/v1. */
  readonly route: string;
  readonly body: unknown;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: readonly Asked[];
  /** What the person was asked. */
  readonly questions: readonly string[];
}

export interface Situation {
  /** What `METHOD /path` answers: JSON, a text as it is, nothing (204) for `null`, or a fault; a function is asked each time. */
  readonly replies?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the person at the terminal answers; without it nobody is there. */
  readonly answer?: boolean;
}

const isFault = (reply: unknown): boolean => typeof reply === "object" && reply !== null && "fault" in reply;

/** Runs one command line against the stand-in. */
export async function superos(argv: readonly string[], situation: Situation = {}): Promise<Ran> {
  const { replies = {}, env = {}, answer } = situation;
  const asked: Asked[] = [];
  const questions: string[] = [];
  const server = createServer((request, response) => {
    const route = `${request.method} ${(request.url ?? "").replace("/api/v1", "")}`;
    const hasBody = request.headers["content-type"] === "application/json";
    void (hasBody ? json(request) : Promise.resolve(undefined)).then((body) => {
      asked.push({ route, body });
      const fault = { code: "not_found", message: `no route ${route}`, hint: "h" };
      const said = Object.hasOwn(replies, route) ? replies[route] : { fault };
      const reply: unknown = typeof said === "function" ? said(body) : said;
      response.statusCode = isFault(reply) ? 404 : reply === null ? 204 : 200;
      response.end(reply === null ? undefined : typeof reply === "string" ? reply : JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on an address has one.
  const { port } = server.address() as AddressInfo;
  const stdout = new Memory();
  const stderr = new Memory();
  const cli: Cli = {
    env,
    client: new GatewayClient(() => ({ url: new URL(`http://127.0.0.1:${port}`), token: "t", fromFile: false })),
    stdout,
    stderr,
    prompt: {
      possible: answer !== undefined,
      confirm: (question) => {
        questions.push(question);
        return Promise.resolve(answer === true);
      },
    },
    exitCode: 0,
  };
  try {
    const code = await runCommand(argv, cli);
    return { code, stdout: stdout.text, stderr: stderr.text, asked, questions };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
