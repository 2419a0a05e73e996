import { createServer, type IncomingMessage, type Server } from "node:http";
import { Fault } from "../../../kernel/abi/index.ts";
import { type Log, Pipelining } from "../../../kernel/client/index.ts";
import type { PreviewDoor } from "../preview/preview-door.ts";
import type { PreviewNames } from "../preview/preview-names.ts";
import { answerError } from "./answer-error.ts";

/**
 * The listening server: by its `Host` a request goes to a preview or to the dashboard, and nothing of either is served
 * under a name of the other.
 *
 * A request whose host could be read in two ways goes to neither.
 */

export interface FrontParts {
  names: PreviewNames;
  previews: PreviewDoor;
  /** The server of everything else, which listens nowhere itself. */
  dashboard: Server;
  cookieName: string;
  log: Log;
}

/** One `Host`, and a target that does not name another. */
const isClear = ({ url = "", headersDistinct }: IncomingMessage): boolean =>
  headersDistinct["host"]?.length === 1 && (url.startsWith("/") || url === "*");

export function createFront({ names, previews, dashboard, cookieName, log }: FrontParts): Server {
  const server = createServer({
    maxHeaderSize: 64 << 10,
    // Uploads and standard input take as long as they take; only the head of a request has a deadline.
    requestTimeout: 0,
    headersTimeout: 30_000,
    // What offers HTTP/2 is as content with HTTP/1.1.
    shouldUpgradeCallback: ({ headers }) => !/\bh2c\b/i.test(headers.upgrade ?? ""),
  });
  const pipelining = new Pipelining();
  server.on("request", (request, response) => {
    if (pipelining.refuses(request, response)) return;
    const preview = names.find(request.headers.host);
    if (!isClear(request)) {
      const fault = new Fault("invalid", "the request does not name one host, or names it twice");
      answerError({ request, response }, fault, { log, cookieName });
    } else if (preview === undefined) dashboard.emit("request", request, response);
    else previews.request(request, response, preview);
  });
  server.on("checkContinue", (request, response) => {
    // A program is asked itself whether it wants the body.
    if (names.find(request.headers.host) === undefined) response.writeContinue();
    server.emit("request", request, response);
  });
  server.on("upgrade", (request, socket, head) => {
    const preview = names.find(request.headers.host);
    if (!isClear(request)) socket.destroy();
    else if (preview === undefined) dashboard.emit("upgrade", request, socket, head);
    else previews.upgrade(request, head, preview);
  });
  return server;
}
