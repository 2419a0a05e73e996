import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBundler, isBundled } from "./bundle.mts";
import { locate } from "./locate.mts";
import { contentType } from "./mime.mts";
import { liveEventsPath, liveScript, liveScriptPath, notice, withLiveReload } from "./page.mts";
import { parseRange } from "./range.mts";
import { createWatch } from "./watch.mts";

/**
 * A virtual web server: the files beneath a root, bundled where browsers could not read them, with live reload.
 *
 * Every request is answered; it reads, and never writes, what it serves.
 */
export interface SiteOptions {
  /** A real path. */
  root: string;
  /** What a directory stands for. */
  index: string;
  log: (line: string) => void;
}

interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    "content-type": answer.type,
    "content-length": body.length,
    "cache-control": "no-cache",
    ...answer.headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

interface Raw {
  path: string;
  bytes: number;
}

async function sendFile(request: IncomingMessage, response: ServerResponse, { path, bytes }: Raw): Promise<void> {
  const range = parseRange(request.headers.range, bytes);
  const common = { "content-type": contentType(path), "cache-control": "no-cache", "accept-ranges": "bytes" };
  if (range === "unsatisfiable") {
    response.writeHead(416, { ...common, "content-range": `bytes */${bytes}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  const partial = range === undefined ? {} : { "content-range": `bytes ${start}-${end}/${bytes}` };
  response.writeHead(range === undefined ? 200 : 206, { ...common, ...partial, "content-length": end - start + 1 });
  if (request.method === "HEAD" || end < start) response.end();
  else await pipeline(createReadStream(path, { start, end }), response);
}

/** The server, not listening yet. */
export function createSite({ root, index, log }: SiteOptions): Server {
  const watch = createWatch();
  const bundle = createBundler(root);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [pathname = "/", query] = (request.url ?? "/").split("?", 2);
    if (request.method !== "GET" && request.method !== "HEAD") {
      const text = `${request.method ?? "?"} is not served here: files are read.`;
      send(request, response, {
        status: 405,
        type: contentType(".html"),
        body: notice("405", text),
        headers: { allow: "GET, HEAD" },
      });
      return;
    }
    if (pathname === liveEventsPath) {
      watch.listen(response);
      return;
    }
    if (pathname === liveScriptPath) {
      send(request, response, { status: 200, type: contentType(".js"), body: liveScript });
      return;
    }
    const found = await locate(root, pathname, index);
    if (found.kind === "none") {
      const body = notice("404", `There is no file at ${pathname}.`);
      send(request, response, { status: 404, type: contentType(".html"), body });
    } else if (found.kind === "moved") {
      const headers = { location: query === undefined ? found.to : `${found.to}?${query}` };
      send(request, response, { status: 301, type: contentType(".html"), body: "", headers });
    } else if (await isBundled(found.path)) {
      const { body, problem, inputs } = await bundle(found.path);
      for (const [path, changedMs] of inputs) watch.add(path, changedMs);
      if (problem !== undefined) process.stderr.write(problem);
      const type = contentType(extname(found.path) === ".css" ? ".css" : ".js");
      send(request, response, { status: 200, type, body });
    } else {
      watch.add(found.path, found.changedMs);
      if (/\.html?$/i.test(found.path)) {
        const body = withLiveReload(await readFile(found.path, "utf8"));
        send(request, response, { status: 200, type: contentType(".html"), body });
      } else await sendFile(request, response, found);
    }
  }

  return createServer((request, response) => {
    response.once("finish", () => log(`${request.method ?? "?"} ${request.url ?? "?"} ${response.statusCode}`));
    answer(request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      if (response.headersSent) response.destroy();
      else
        send(request, response, {
          status: 500,
          type: contentType(".txt"),
          body: "The server failed; its output says why.\n",
        });
    });
  });
}
