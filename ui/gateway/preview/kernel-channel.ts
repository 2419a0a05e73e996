import { Socket } from "node:net";
import { serviceMessageSchema } from "../../../kernel/abi/index.ts";
import type { Log } from "../../../kernel/client/index.ts";
import type { PreviewSockets } from "./preview-sockets.ts";

/** The kernel's own channel to this process: connections that it hands over, and cuts. */
export function listenToKernel(sockets: PreviewSockets, log: Log): void {
  process.on("message", (sent: unknown, handle: unknown) => {
    const socket = handle instanceof Socket ? handle : undefined;
    const message = serviceMessageSchema.safeParse(sent);
    if (message.success && message.data.type === "preview") sockets.hand(message.data, socket);
    else if (message.success && message.data.type === "cut") sockets.cut(message.data);
    else {
      socket?.destroy();
      log("error", "a message of the kernel was not understood");
    }
  });
}
