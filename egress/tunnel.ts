import type { Socket } from "node:net";

/**
 * Joins two sockets: what comes in at one goes out at the other.
 *
 * When one side ends its half, the other half stays open until it ends, too, or is silent for long. A slow reader holds
 * the other side back; no more than the sockets' own buffers is kept. When one side breaks, both are closed.
 */

export interface TunnelLimits {
  /** How long a tunnel may be silent. */
  idleMs: number;
  /** The same once one half has ended: often the other side is simply gone. */
  halfClosedIdleMs: number;
}

export function joinSockets(near: Socket, far: Socket, limits: TunnelLimits): void {
  const breakOff = (): void => {
    near.destroy();
    far.destroy();
  };
  const directions = [
    [near, far],
    [far, near],
  ] as const;
  for (const [from, to] of directions) {
    from.allowHalfOpen = true;
    from.setNoDelay(true);
    from.on("error", breakOff);
    from.once("end", () => near.setTimeout(limits.halfClosedIdleMs));
    from.once("close", () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
  // Whatever moves in a tunnel moves through its near side, so one clock is enough.
  near.setTimeout(limits.idleMs);
  near.once("timeout", breakOff);
  if (near.destroyed || far.destroyed) breakOff();
}
