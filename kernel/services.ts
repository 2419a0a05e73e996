import { join } from "node:path";
import { Fault, formatCapability } from "./abi/index.ts";
import { checkout, type Home, servicePrivileges } from "./home.ts";
import { ServiceSupervisor } from "./service/supervisor.ts";

/** The services that the kernel runs: which program, where, and what it is told. None is told of the engine. */

/** The gateway's exit code for a port that somebody else has. */
const portTaken = 98;

export function makePolicy(home: Home): ServiceSupervisor {
  return new ServiceSupervisor({
    name: "policy",
    main: join(checkout, "policy", "main.ts"),
    cwd: home.policyDir,
    env: {
      SUPEROS_KERNEL_SOCKET: "kernel.sock",
      SUPEROS_STATE: ".",
      SUPEROS_NET_PRIVATE: home.privateTargets
        .map((entry) => formatCapability(entry).slice("NET_CONNECT:".length))
        .join(","),
      SUPEROS_ALLOWED_IMAGES: home.allowedImages
        .map((entry) => formatCapability(entry).slice("IMAGE:".length))
        .join(","),
      ...servicePrivileges(home.identity.policyUid),
    },
    logFile: join(home.logDir, "policy.log"),
  });
}

export function makeEgress(home: Home): ServiceSupervisor {
  return new ServiceSupervisor({
    name: "egress",
    main: join(checkout, "egress", "main.ts"),
    cwd: home.egressDir,
    channel: true,
    // Names are resolved in threads of libuv's pool; a few slow ones must not hold up the others.
    env: { UV_THREADPOOL_SIZE: "16", ...servicePrivileges(home.identity.egressUid) },
    logFile: join(home.logDir, "egress.log"),
  });
}

export function makeGateway(home: Home): ServiceSupervisor {
  return new ServiceSupervisor({
    name: "gateway",
    main: join(checkout, "ui", "gateway", "main.ts"),
    cwd: home.gatewayDir,
    channel: true,
    env: {
      SUPEROS_KERNEL_SOCKET: "kernel.sock",
      SUPEROS_PORT: String(home.port),
      SUPEROS_WEB_DIR: join(checkout, "dist", "web"),
      ...(home.publicOrigin === undefined ? {} : { SUPEROS_PUBLIC_ORIGIN: home.publicOrigin }),
      ...(home.previewOrigin === undefined ? {} : { SUPEROS_PREVIEW_ORIGIN: home.previewOrigin }),
      ...servicePrivileges(home.identity.gatewayUid),
    },
    logFile: join(home.logDir, "gateway.log"),
    fatalExits: [portTaken],
  });
}

/** Why a service that gave up did so. */
export function fatal(home: Home, exitCode: number, lastLine: string): Fault {
  if (exitCode !== portTaken) return new Fault("internal", `the gateway ended with ${exitCode}: ${lastLine}`);
  return new Fault("conflict", `port ${home.port} is in use`, {
    hint: `Choose another: SUPEROS_PORT=${home.port + 1} npm start`,
  });
}
