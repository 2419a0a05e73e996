import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";

/**
 * The built web UI, held in memory: read once while its files can be read, and served by exact name only, so that no
 * path of a request ever reaches the file system.
 */

interface WebFile {
  body: Buffer;
  type: string;
  etag: string;
  cacheControl: string;
}

export type WebFiles = ReadonlyMap<string, WebFile>;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** Reads the folder; one that is not there is a UI that was not built. */
export function loadWebFiles(folder: string): WebFiles {
  const files = new Map<string, WebFile>();
  for (const entry of entriesOf(folder)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(join(folder, "/").length);
    const body = readFileSync(path);
    files.set(`/${name}`, {
      body,
      type: types[extname(name).toLowerCase()] ?? "application/octet-stream",
      etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
      // The build puts a hash of the content into the names below assets/.
      cacheControl: name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
  }
  return files;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>SuperOS</title>
<h1>The web interface was not built</h1>
<p>The server runs and its API and command line work. Start it with <code>npm start</code>, which builds this page.</p>
</html>
`;

/** Serves a file, or the application's page for an address inside it. Says whether it did. */
export function serveWebFile(files: WebFiles, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const path = request.url?.split("?")[0] ?? "/";
  const wantsPage =
    /text\/html|\*\/\*/.test(request.headers.accept ?? "*/*") && !/^\/(api|assets|socket\.io)\//.test(path);
  const file = files.get(path) ?? (wantsPage ? files.get("/index.html") : undefined);
  if (file !== undefined) {
    sendFile(file, request, response);
    return true;
  }
  if (!wantsPage || files.size > 0) return false;
  response.writeHead(503, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(request.method === "HEAD" ? undefined : notBuilt);
  return true;
}

function sendFile(file: WebFile, request: IncomingMessage, response: ServerResponse): void {
  const headers = { ETag: file.etag, "Cache-Control": file.cacheControl };
  if (request.headers["if-none-match"]?.includes(file.etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, "Content-Type": file.type, "Content-Length": file.body.length });
  response.end(request.method === "HEAD" ? undefined : file.body);
}
