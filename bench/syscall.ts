import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Instance } from "../tests/setup/instance.ts";
import type { Peer, Requests } from "./peer.ts";
import type { Stage } from "./stage.ts";
import { type Latency, latencyOf } from "./statistics.ts";

/**
 * What a syscall costs who makes it: from a box over its own socket, and from outside through the gateway.
 *
 * Nothing is subtracted. Beside each stands the floor: what the same client takes for the same request to a server that
 * answers at once, by the same kind of socket.
 */

const requestsPerRound = 200;

export interface SyscallResult {
  name: string;
  /** Whether all calls share one connection, or each has one of its own. */
  kept: boolean;
  microseconds: Latency;
  floorMicroseconds: Latency;
}

/** A server that does nothing, like those that it is compared with. */
function makeFloor(): Server {
  const server = createServer((incoming, outgoing) => {
    incoming.resume().once("end", () => {
      outgoing.writeHead(200, { "content-type": "application/json", "content-length": 2 });
      outgoing.end("{}");
    });
  });
  server.keepAliveTimeout = 0;
  return server;
}

interface Call {
  name: string;
  peer: Peer;
  floorPeer: Peer;
  request: Omit<Requests, "kept" | "count">;
  floor: Requests["to"];
}

export interface SyscallOptions {
  instance: Instance;
  /** A folder of the host that the peer outside sees. */
  folder: string;
  rounds: number;
  tell: (text: string) => void;
}

export async function measureSyscalls(stage: Stage, options: SyscallOptions): Promise<SyscallResult[]> {
  const { instance, folder, rounds, tell } = options;
  const path = join(folder, "floor.sock");
  const [local, remote] = [makeFloor().listen(path), makeFloor().listen(0, "127.0.0.1")];
  await Promise.all([local, remote].map(async (server) => server.listening || (await once(server, "listening"))));
  const address = remote.address();
  const floorPort = typeof address === "object" && address !== null ? address.port : 0;
  const headers = { authorization: `Bearer ${instance.token}` };

  const own = (name: string, body: object): Call => ({
    name: `${name} from a box`,
    peer: stage.inside,
    floorPeer: stage.outside,
    request: {
      to: { path: "/run/superos/kernel.sock" },
      method: "POST",
      url: `/v1/${name}`,
      body: JSON.stringify(body),
    },
    floor: { path },
  });
  const calls: Call[] = [
    own("self", {}),
    own("caps", { pid: stage.insidePid }),
    {
      name: "inspect through the gateway",
      peer: stage.outside,
      floorPeer: stage.outside,
      request: { to: { port: instance.port, headers }, method: "GET", url: `/api/v1/processes/${stage.insidePid}` },
      floor: { port: floorPort, headers },
    },
  ];
  const measured = calls.flatMap((call) =>
    [true, false].map((kept) => ({ call, kept, ours: [] as number[], floor: [] as number[] })),
  );
  try {
    for (let round = -1; round < rounds; round += 1) {
      tell(round < 0 ? "syscalls: warming up" : `syscalls: round ${round + 1} of ${rounds}`);
      for (const { call, kept, ours, floor } of measured) {
        const request = { ...call.request, kept, count: requestsPerRound };
        const taken = await call.peer.requests(request);
        const least = await call.floorPeer.requests({ ...request, to: call.floor });
        if (round < 0) continue;
        ours.push(...taken);
        floor.push(...least);
      }
    }
  } finally {
    for (const server of [local, remote]) {
      server.close();
      server.closeAllConnections();
    }
  }
  return measured.map(({ call: { name }, kept, ours, floor }) => ({
    name,
    kept,
    microseconds: latencyOf(ours),
    floorMicroseconds: latencyOf(floor),
  }));
}
