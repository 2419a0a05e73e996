import express from "express";
import type { Express, RequestHandler, Request, Response } from "express";
import helmet from "helmet";
import { Fault } from "../../../kernel/abi/index.ts";
import type { Log } from "../../../kernel/client/index.ts";
import { openApiDocument } from "../routes/openapi.ts";
import { apiPrefix, sendJson, type Route, type Services } from "../routes/route.ts";
import { routes } from "../routes/routes.ts";
import { identify } from "../session/identify.ts";
import { answerError } from "./answer-error.ts";
import { serveWebFile, type WebFiles } from "./web-files.ts";

/**
 * The HTTP side of the gateway: which request goes to which route, and what every response carries.
 *
 * Nothing is served under a name that is not ours. Every handler runs inside `answered`, so no route has a
 * try/catch and no request stays without an answer.
 */

export interface AppParts extends Services {
  log: Log;
  webFiles: WebFiles;
  version: string;
}

const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      // The component and editor libraries set styles at run time.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", "data:"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      workerSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // We speak plain HTTP on the loopback; a proxy in front that ends TLS says this for its own name.
  strictTransportSecurity: false,
  referrerPolicy: { policy: "no-referrer" },
  xFrameOptions: { action: "deny" },
});

const methods = new Set(["GET", "POST", "PUT", "DELETE"]);

export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  const answered = handlerOf(parts);

  app.use(securityHeaders);
  app.use(
    answered(async ({ headers }, _response, next) => {
      if (!parts.site.isOwnHost(headers.host)) {
        const hint = "Use the address that the server printed, or set SUPEROS_PUBLIC_ORIGIN to that of its proxy.";
        throw new Fault("invalid", "this server does not answer to that host name", { hint });
      }
      next();
    }),
  );
  app.get("/healthz", (_request, response) => sendJson(response, 200, { ok: true }));
  app.get("/openapi.json", openApiHandler(parts, answered));
  app.use(apiPrefix, apiRouter(parts, answered));
  app.use(
    answered(async (request, response) => {
      if (request.path.startsWith("/api/") || !serveWebFile(parts.webFiles, request, response)) throw noRoute(request);
    }),
  );
  // oxlint-disable-next-line eslint/max-params -- Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: unknown) => {
    answerError({ request, response }, error, { log: parts.log, cookieName: parts.site.cookieName });
  });
  return app;
}

const noRoute = ({ method, path }: Request): Fault =>
  new Fault("not_found", `no route ${method} ${path}`, { hint: "GET /openapi.json lists the routes." });

type Handler = (request: Request, response: Response, next: () => void) => Promise<void>;
type Answered = (handler: Handler) => RequestHandler;

function handlerOf({ log, site }: AppParts): Answered {
  return (handler) => (request, response, next) => {
    handler(request, response, next).catch((error: unknown) => {
      answerError({ request, response }, error, { log, cookieName: site.cookieName });
    });
  };
}

function openApiHandler({ client, sessions, site, version }: AppParts, answered: Answered): RequestHandler {
  const document = openApiDocument(routes, { url: site.url, cookieName: site.cookieName, version });
  return answered(async (request, response) => {
    await sessions.run(identify(request, site), (session) => client.call("session_inspect", {}, { session }));
    response.setHeader("Cache-Control", "no-store");
    sendJson(response, 200, document);
  });
}

function apiRouter(parts: AppParts, answered: Answered): RequestHandler {
  const router = express.Router({ caseSensitive: true });
  router.use(
    answered(async (request, response, next) => {
      if (!methods.has(request.method)) throw noRoute(request);
      response.setHeader("Cache-Control", "no-store");
      next();
    }),
  );
  for (const route of routes)
    router[route.method](route.path.replaceAll(/\{(\w+)\}/g, ":$1"), serveRoute(parts, route, answered));
  return router;
}

function serveRoute(parts: AppParts, route: Route, answered: Answered): RequestHandler {
  return answered(async (request, response) => {
    const { params, query } = request;
    await route.serve(parts, { request, response, params, query, signal: goneSignal(response) });
  });
}

/** Aborts when the client goes before the response is complete. */
function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}
