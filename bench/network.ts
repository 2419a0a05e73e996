import { type Direction, directions } from "./peer.ts";
import type { Asker, Stage } from "./stage.ts";
import { type Latency, latencyOf, type Summary, summarize } from "./statistics.ts";

/**
 * What a connection costs that goes through the system: into a box, out of one, and from one to another.
 *
 * Each is beside a direct connection over a loopback to the same server program, by the same client program, in turns. What
 * a connection goes through takes its time from the same cores as the client and the server, so the direct one is the
 * ceiling, and few cores lower the rest.
 */

const ways = [
  { name: "preview of a NET_BIND", through: "preview", direct: "hostLoopback" },
  { name: "tunnel by NET_CONNECT", through: "tunnel", direct: "hostLoopback" },
  { name: "endpoint", through: "endpoint", direct: "boxLoopback" },
] as const satisfies readonly { name: string; through: keyof Stage; direct: keyof Stage }[];

const requestsPerRound = 200;

export interface Both<T> {
  direct: T;
  through: T;
}

export interface NetworkResult {
  name: string;
  /** The bytes of one transfer. */
  bytes: number;
  /** 1 MB is 10^6 bytes; of the rounds' rates. */
  megabytesPerSecond: Record<Direction, Both<Summary>>;
  /** Of a small request on a connection that is kept, and of one with a connection of its own, in microseconds. */
  kept: Both<Latency>;
  fresh: Both<Latency>;
}

/** What was measured of one asker. */
class Measured {
  readonly download: number[] = [];
  readonly upload: number[] = [];
  readonly kept: number[] = [];
  readonly fresh: number[] = [];
}

async function once({ peer, to }: Asker, into: Measured, bytes: number): Promise<void> {
  for (const direction of directions) into[direction].push(bytes / 1e6 / (await peer.transfer(direction, to, bytes)));
  const small = { to, method: "GET", url: "/2", count: requestsPerRound } as const;
  into.kept.push(...(await peer.requests({ ...small, kept: true })));
  into.fresh.push(...(await peer.requests({ ...small, kept: false })));
}

export interface NetworkOptions {
  rounds: number;
  bytes: number;
  tell: (text: string) => void;
}

export async function measureNetwork(stage: Stage, options: NetworkOptions): Promise<NetworkResult[]> {
  const { rounds, bytes, tell } = options;
  const measured = ways.map((way) => ({ ...way, records: { direct: new Measured(), through: new Measured() } }));
  for (let round = -1; round < rounds; round += 1) {
    tell(round < 0 ? "network: warming up" : `network: round ${round + 1} of ${rounds}`);
    for (const { records, ...way } of measured) {
      const sides = ["direct", "through"] as const;
      for (const side of round % 2 === 0 ? sides : sides.toReversed())
        await once(stage[way[side]], round < 0 ? new Measured() : records[side], bytes);
    }
  }
  return measured.map(({ name, records: { direct, through } }) => {
    const both = <T>(of: (record: Measured) => T): Both<T> => ({ direct: of(direct), through: of(through) });
    return {
      name,
      bytes,
      megabytesPerSecond: {
        download: both(({ download }) => summarize(download)),
        upload: both(({ upload }) => summarize(upload)),
      },
      kept: both(({ kept }) => latencyOf(kept)),
      fresh: both(({ fresh }) => latencyOf(fresh)),
    };
  });
}
