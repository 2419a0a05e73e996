import { parentPort } from "node:worker_threads";
import { leastLateBytes } from "./allowance.ts";
import type { DiskReply, DiskRequest } from "./disk-message.ts";
import { takePriority } from "./priority.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * The thread in which the watchdog runs, started by disk-watch.ts.
 *
 * It goes before everything else on the machine where the kernel may ask for that: a writer that keeps the processors
 * busy must not make it late. What throws outside of an order is a bug and ends the kernel.
 */

function main(): void {
  const port = parentPort;
  if (port === null) throw new Error("this is not a program");
  const say = (reply: DiskReply): void => port.postMessage(reply);
  const watchdog = new Watchdog({
    exceeded: (id, usedBytes, reason) => say({ type: "exceeded", id, usedBytes, reason }),
    log: (message, details) => say({ type: "log", message, details }),
  });
  const late = takePriority();
  say({ type: "priority", late: late ?? null });

  const act = (request: DiskRequest): number | void | Promise<number | void> => {
    switch (request.do) {
      case "add":
        if (late !== undefined && request.order.limitBytes < leastLateBytes)
          throw new Error(`without real time it is at least ${leastLateBytes} bytes (${late})`);
        return watchdog.add(request.id, request.order);
      case "begin":
        return watchdog.begin(request.id, request.freezer);
      case "left":
        return watchdog.leftBytes(request.id);
      case "hold":
        return watchdog.hold(request.id);
      case "resume":
        return watchdog.resume(request.id);
      case "remove":
        return watchdog.remove(request.id);
    }
    request satisfies never;
    throw new Error("unknown order");
  };
  const answer = async (request: DiskRequest): Promise<void> => {
    const { call } = request;
    try {
      say({ type: "done", call, value: (await act(request)) ?? 0 });
    } catch (error) {
      say({ type: "failed", call, message: String(error) });
    }
  };
  port.on("message", (request: DiskRequest) => void answer(request));
}

main();
