import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAtDoor } from "../../kernel/abi/index.ts";
import { createLog, dropPrivileges, KernelClient, onParentGone, privilegesSchema } from "../../kernel/client/index.ts";
import { environmentSchema } from "./environment.ts";
import { DiagnosticsReader } from "./diagnostics/diagnostics-reader.ts";
import { createApp } from "./http/app.ts";
import { createFront } from "./http/front.ts";
import { Site } from "./http/site.ts";
import { loadWebFiles } from "./http/web-files.ts";
import { attachLive } from "./live/live.ts";
import { Entrances } from "./preview/entrances.ts";
import { listenToKernel } from "./preview/kernel-channel.ts";
import { PreviewAgents } from "./preview/preview-agents.ts";
import { PreviewDoor } from "./preview/preview-door.ts";
import { PreviewNames } from "./preview/preview-names.ts";
import { PreviewSockets } from "./preview/preview-sockets.ts";
import { Tickets } from "./preview/tickets.ts";
import { AttemptLimit } from "./session/attempt-limit.ts";
import { Sessions } from "./session/sessions.ts";

/**
 * The gateway process: wiring, no logic.
 *
 * Started by the kernel, it serves the loopback interface only and ends with the kernel. It has no authority of its
 * own, keeps no session, and writes no file.
 */

const portTaken = 98;

const log = createLog("gateway");
const environment = parseAtDoor(environmentSchema, process.env, "environment");
const webFiles = loadWebFiles(environment.SUPEROS_WEB_DIR);
dropPrivileges(parseAtDoor(privilegesSchema, process.env, "environment"));

const stopping = new AbortController();
const stop = (): void => {
  stopping.abort();
  process.exit(0);
};
onParentGone(stop);
process.on("SIGTERM", stop);

const site = new Site(environment.SUPEROS_PORT, environment.SUPEROS_PUBLIC_ORIGIN);
const client = new KernelClient({ socketPath: environment.SUPEROS_KERNEL_SOCKET });
const sessions = new Sessions({ client, log });
const signInLimit = new AttemptLimit({ failures: 10, withinMs: 60_000, now: Date.now });
const names = new PreviewNames(environment.SUPEROS_PORT, environment.SUPEROS_PREVIEW_ORIGIN);
const random = (): string => randomBytes(32).toString("base64url");
const entrances = new Entrances(names, new Tickets({ now: Date.now, random, lifeMs: 60_000, limit: 1000 }));
const sockets = new PreviewSockets();
listenToKernel(sockets, log);
const agents = new PreviewAgents({ client, sockets });
const previews = new PreviewDoor({ names, entrances, agents, log });

const diagnostics = new DiagnosticsReader(client);
const app = createApp({ client, sessions, signInLimit, site, entrances, diagnostics, log, webFiles, version: "1" });
const dashboard = createServer(app);
attachLive(dashboard, { client, sessions, diagnostics, site, log });
const server = createFront({ names, previews, dashboard, cookieName: site.cookieName, log });

server.on("error", (error) => {
  const taken = "code" in error && error.code === "EADDRINUSE";
  const message = taken ? `port ${site.port} is in use; set SUPEROS_PORT to another` : "the server cannot listen";
  log("error", message, { port: site.port, ...(taken ? {} : { error }) });
  process.exit(taken ? portTaken : 1);
});
server.listen(site.port, "127.0.0.1", () => void announce());

async function announce(): Promise<void> {
  for (let pauseMs = 100; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, 2000)) {
    try {
      await client.call("gateway_ready", { url: site.url });
      log("info", "serving", { url: site.url });
      return;
    } catch (error) {
      log("warn", "the kernel does not hear that the gateway is ready", { error });
    }
    await sleep(pauseMs);
  }
}
