import { ServerResponse, type IncomingMessage } from "node:http";
import { Fault, handleSchema, toFault } from "../../../kernel/abi/index.ts";
import type { Log } from "../../../kernel/client/index.ts";
import { readCookie } from "../http/cookie.ts";
import { isCutOff } from "../http/cut-off.ts";
import { endWhenRead } from "../http/end-when-read.ts";
import { enterPath, type Entrances } from "./entrances.ts";
import type { Preview, PreviewAgents } from "./preview-agents.ts";
import type { PreviewNames, PreviewTarget } from "./preview-names.ts";
import { PreviewRefusal, refusedPage } from "./refused-page.ts";
import { notHttp, relay } from "./relay.ts";
import { relayUpgrade } from "./relay-upgrade.ts";

/**
 * Everything that is asked for under a preview's name.
 *
 * Without the cookie of this very preview nothing is passed on, and with it only what the person's own pages there or
 * their browser's address bar asks for: what is served there is hostile, to other previews too. Every request is answered.
 */

export interface PreviewDoorParts {
  names: PreviewNames;
  entrances: Entrances;
  agents: PreviewAgents;
  log: Log;
}

/** Below this the gateway answers itself. */
const ownPaths = "/.superos/";

export class PreviewDoor {
  readonly #parts: PreviewDoorParts;

  constructor(parts: PreviewDoorParts) {
    this.#parts = parts;
  }

  request(request: IncomingMessage, response: ServerResponse, target: PreviewTarget): void {
    this.#answered({ request, response, target }, async () => {
      if (request.url?.startsWith(ownPaths) === true) {
        await this.#enter(request, response, target);
        return;
      }
      await relay({ request, response, names: this.#parts.names, preview: await this.#admit(request, target) });
    });
  }

  upgrade(request: IncomingMessage, head: Buffer, target: PreviewTarget): void {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(request.socket);
    response.once("finish", () => request.socket.end());
    request.socket.on("error", () => undefined);
    this.#answered({ request, response, target }, async () => {
      const { names } = this.#parts;
      if (request.headers.origin !== undefined && request.headers.origin !== names.originOf(target)) throw elsewhere();
      if (request.url?.startsWith(ownPaths) === true) throw nothingHere();
      await relayUpgrade({ request, response, names, preview: await this.#admit(request, target) }, head);
    });
  }

  /** The preview that the request's cookie opens. */
  async #admit(request: IncomingMessage, target: PreviewTarget): Promise<Preview> {
    const { names, agents } = this.#parts;
    const handle = handleSchema.safeParse(readCookie(request.headers.cookie, names.cookieName));
    if (!handle.success) throw notOpen(target);
    const preview = await agents.of(handle.data);
    if (preview.pid !== target.pid || preview.port !== target.port) throw notOpen(target);
    if (comesFromElsewhere(request, names.originOf(target))) throw elsewhere();
    if (request.headers["service-worker"] !== undefined) throw workerless();
    return preview;
  }

  /** Exchanges the ticket of the address for the cookie. */
  async #enter(request: IncomingMessage, response: ServerResponse, target: PreviewTarget): Promise<void> {
    const { names, entrances, agents } = this.#parts;
    const [path, query] = request.url?.split("?") ?? [];
    if (path !== enterPath) throw nothingHere();
    if (request.method !== "GET") throw new PreviewRefusal(405, new Fault("invalid", "this address is for opening"));
    const preview = entrances.enter(new URLSearchParams(query).get("ticket") ?? "", target);
    if (preview === undefined) throw spent(target);
    await agents.of(preview.handle);
    const secure = names.isSecure ? "; Secure" : "";
    response.writeHead(303, {
      Location: "/",
      "Set-Cookie": `${names.cookieName}=${preview.handle}; Path=/; HttpOnly; SameSite=Lax${secure}`,
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-store",
    });
    response.end();
  }

  #answered(
    at: { request: IncomingMessage; response: ServerResponse; target: PreviewTarget },
    work: () => Promise<void>,
  ) {
    work().catch((error: unknown) => {
      const { request, response, target } = at;
      if (response.headersSent || response.destroyed || request.socket.destroyed) {
        request.socket.destroy();
        return;
      }
      const refusal = refusalOf(error, target);
      if (refusal.fault.code === "internal") this.#parts.log("error", "a preview failed", { ...target, error });
      const { status, headers, body } = refusedPage(request, refusal);
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      endWhenRead(response, request.method === "HEAD" ? Buffer.alloc(0) : body);
    });
  }
}

/**
 * Whether a page of another origin asks, and not by leading the person here. Browsers keep the cookie from other sites;
 * previews below one name are one site, and hostile to one another.
 */
function comesFromElsewhere({ method, headers }: IncomingMessage, own: string): boolean {
  const reads = method === "GET" || method === "HEAD";
  const site = headers["sec-fetch-site"];
  if (site === undefined) return !reads && headers.origin !== undefined && headers.origin !== own;
  if (site === "same-origin" || site === "none") return false;
  return !reads || headers["sec-fetch-mode"] !== "navigate" || headers["sec-fetch-dest"] !== "document";
}

const nothingHere = (): PreviewRefusal => new PreviewRefusal(404, new Fault("not_found", "nothing is here"));

const howToOpen = ({ pid, port }: PreviewTarget): string =>
  `Open it from the process's page in the dashboard, or with: superos open ${pid} ${port}`;

const notOpen = (target: PreviewTarget): PreviewRefusal =>
  new PreviewRefusal(401, new Fault("denied", "this preview is not open in this browser", { hint: howToOpen(target) }));

const spent = (target: PreviewTarget): PreviewRefusal => {
  const message = "this address was opened already, or is older than a minute";
  return new PreviewRefusal(401, new Fault("denied", message, { hint: howToOpen(target) }));
};

const elsewhere = (): PreviewRefusal =>
  new PreviewRefusal(403, new Fault("denied", "the request comes from a page of another origin"));

const over = ({ pid }: PreviewTarget, cause: Fault): PreviewRefusal => {
  const hint = `Process ${pid} has ended, may no longer serve, or the session that opened it has: see the dashboard.`;
  return new PreviewRefusal(410, new Fault("denied", "this preview is over", { hint, cause }));
};

const silent = ({ port }: PreviewTarget, cause: unknown): PreviewRefusal => {
  const hint = "Load the page again once the program serves. It must listen on 127.0.0.1 or all addresses.";
  return new PreviewRefusal(502, new Fault("unavailable", `nothing listens on port ${port} yet`, { hint, cause }));
};

/** It would answer in the browser where the process has ended, and open tickets before they come here. */
const workerless = (): PreviewRefusal =>
  new PreviewRefusal(403, new Fault("denied", "a preview has no service worker, which would outlive its process"));

function refusalOf(thrown: unknown, target: PreviewTarget): PreviewRefusal {
  if (thrown instanceof PreviewRefusal) return thrown;
  if (thrown instanceof Fault && thrown.code === "denied") return over(target, thrown);
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code.startsWith("HPE_")) return notHttp(target.port, thrown);
  if (isCutOff(thrown) || code === "EPIPE") return silent(target, thrown);
  const fault = toFault(thrown);
  return new PreviewRefusal(fault.status, fault);
}
