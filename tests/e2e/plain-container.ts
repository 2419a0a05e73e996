import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { engineSocket } from "../setup/engine.ts";

/** A program in a plain container of the engine, without SuperOS: what its own run is compared with. */

async function ask(method: string, path: string, body?: unknown): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const headers = { "content-type": "application/json" };
  const asked = request({ socketPath: engineSocket, method, path, headers }, (reply) => {
    buffer(reply).then((bytes) => {
      if ((reply.statusCode ?? 500) < 300) resolve(bytes);
      else reject(new Error(`${method} ${path}: ${reply.statusCode} ${bytes.toString("utf8")}`));
    }, reject);
  });
  asked.once("error", reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** The engine's multiplexed log: a header of eight bytes before each part, its length in the last four. */
function textOf(log: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; at += 8 + log.readUInt32BE(at + 4)) {
    parts.push(log.subarray(at + 8, at + 8 + log.readUInt32BE(at + 4)));
  }
  return Buffer.concat(parts).toString("utf8");
}

export interface PlainRun {
  image: string;
  argv: readonly string[];
  /** A folder of the host, read-only at `/project`. */
  folder: string;
}

/** Runs it to its end as an ordinary user without network; returns its exit code and what it wrote. */
export async function runPlainly({ image, argv, folder }: PlainRun): Promise<{ code: number; output: string }> {
  const made = await ask("POST", "/containers/create", {
    Image: image,
    Cmd: argv,
    User: "65534:65534",
    WorkingDir: "/project",
    HostConfig: { NetworkMode: "none", Binds: [`${folder}:/project:ro`], LogConfig: { Type: "json-file", Config: {} } },
  });
  const { Id: id } = z.object({ Id: z.string() }).parse(JSON.parse(made.toString("utf8")));
  try {
    await ask("POST", `/containers/${id}/start`);
    const ended = JSON.parse((await ask("POST", `/containers/${id}/wait`)).toString("utf8"));
    const log = await ask("GET", `/containers/${id}/logs?stdout=1&stderr=1`);
    return { code: z.object({ StatusCode: z.number() }).parse(ended).StatusCode, output: textOf(log) };
  } finally {
    await ask("DELETE", `/containers/${id}?force=1&v=1`);
  }
}
