import { type BrowserContext, chromium, type Page } from "playwright-core";
import { z } from "zod";
import type { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { accepted, type Api, outputOf, type Program, spawn } from "../system/caller.ts";
import { chromiumPath } from "../e2e/browser.ts";
import { previewRequest } from "../system/slots.ts";

/**
 * A hostile web site: a process that serves pages by its NET_BIND and writes down whatever it is sent.
 *
 * Its replies try to set cookies that are not its own and to let everybody read everything; its pages are empty, and a
 * test says what runs in them.
 */

const server = (port: number): string => `
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode("latin1")
        print(json.dumps({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}), flush=True)
        script = self.path.endswith(".js")
        text = (self.server.worker if script else "<!doctype html><title>hostile</title><link rel=icon href='data:,'><h1>served from a box</h1>").encode()
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if script else "text/html")
        self.send_header("content-length", str(len(text)))
        origin = self.headers.get("origin")
        if origin:
            self.send_header("access-control-allow-origin", origin)
            self.send_header("access-control-allow-credentials", "true")
        self.send_header("service-worker-allowed", "/")
        self.send_header("origin-agent-cluster", "?0")
        for name in ("superos_%d", "superos-preview", "stolen"):
            for domain in ("", "; Domain=localhost", "; Domain=.localhost", "; Domain=127.0.0.1"):
                self.send_header("set-cookie", (name % int(sys.argv[1]) if "%" in name else name) + "=evil; Path=/" + domain)
        self.end_headers()
        self.wfile.write(text)
    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = answer
    def log_message(self, *_): pass
site = ThreadingHTTPServer(("127.0.0.1", ${port}), Site)
site.worker = """
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => event.respondWith(new Response("<h1>served by a worker</h1>", {headers: {"content-type": "text/html"}})));
"""
print("serving", flush=True)
site.serve_forever()
`;

const seenSchema = z.object({
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type Seen = z.infer<typeof seenSchema>;

export class Site {
  readonly pid: number;
  readonly port: number;
  readonly #instance: Instance;

  private constructor(instance: Instance, pid: number, port: number) {
    this.#instance = instance;
    this.pid = pid;
    this.port = port;
  }

  static async start(instance: Instance, port: number, more: Partial<Program> = {}): Promise<Site> {
    const { pid } = await spawn(instance, {
      argv: ["python3", "-u", "-c", server(port), String(instance.port)],
      table: ["MEM:64Mi", "CPU:0.3", "PIDS:32", `NET_BIND:localhost:${port}`],
      ...more,
    });
    const site = new Site(instance, pid, port);
    await waitFor("the site to serve", async () => (await site.#said()).startsWith("serving\n"));
    return site;
  }

  get origin(): string {
    return `http://p${this.pid}-${this.port}.localhost:${this.#instance.port}`;
  }

  /** An address that opens it once. */
  async ticket(by: Api = this.#instance): Promise<string> {
    return (await accepted(z.object({ url: z.string(), port: z.number() }), previewRequest(by, this.pid))).url;
  }

  /** Opens it in a tab, as its owner does. */
  async open(context: BrowserContext, by?: Api): Promise<Page> {
    const page = await context.newPage();
    await page.goto(await this.ticket(by));
    return page;
  }

  /** Every request that came to it, in order. */
  async seen(): Promise<Seen[]> {
    const lines = (await this.#said()).split("\n").slice(1, -1);
    return lines.map((line) => seenSchema.parse(JSON.parse(line)));
  }

  async #said(): Promise<string> {
    return (await outputOf(this.#instance, this.pid, false)).stdout.toString();
  }
}

/** A browser in which every name leads to this machine. */
export const rebound = () =>
  chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--host-resolver-rules=MAP * 127.0.0.1"],
  });

/** What a script in a page gives, or the name of what it threw. It is the body of an async function. */
export const inPage = (page: Page, script: string): Promise<unknown> =>
  page.evaluate(`(async () => { ${script} })().catch((error) => "refused: " + (error?.name ?? error))`);
