import type { LiveSocket } from "./live-socket.ts";

/**
 * Ends a connection whose client does not read: when more than `limitBytes` wait for it, it is closed, and a client
 * that is still there comes back to the present state.
 *
 * The transport takes what waits only when all it took before has left, so what waits is what the client is behind.
 */

export const backlogLimitBytes = 8 << 20;

interface Packet {
  data?: unknown;
}

function sizeOf({ data }: Packet): number {
  if (typeof data === "string") return data.length;
  return ArrayBuffer.isView(data) || data instanceof ArrayBuffer ? data.byteLength : 0;
}

export function watchBacklog(socket: LiveSocket, onSlow: () => void): void {
  const { conn } = socket;
  let waitingBytes = 0;
  conn.on("flush", () => {
    waitingBytes = 0;
  });
  conn.on("packetCreate", (packet: Packet) => {
    waitingBytes += sizeOf(packet);
    if (waitingBytes <= backlogLimitBytes) return;
    waitingBytes = 0;
    onSlow();
    conn.close(true);
  });
}
