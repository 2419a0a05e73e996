import { terminalSizeSchema } from "../../../kernel/abi/index.ts";
import { callRoute } from "../routes/kernel-route.ts";
import { pidParams } from "../routes/parts.ts";
import type { Route } from "../routes/route.ts";

/** What of a terminal is a request of its own: its size. Its input and output are the process's. */
export const terminalRoutes: readonly Route[] = [
  callRoute(
    "tty_resize",
    {
      method: "put",
      path: "/processes/{pid}/tty",
      operationId: "resizeTerminal",
      summary: "Sets the size of a process's terminal; the program gets SIGWINCH.",
      params: pidParams,
      body: { json: terminalSizeSchema },
      status: 204,
    },
    ({ params, body }) => ({ pid: params.pid, size: body }),
  ),
];
