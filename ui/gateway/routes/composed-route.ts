import { Readable } from "node:stream";
import type { z } from "zod";
import type { SyscallInput, SyscallResponse } from "../../../kernel/abi/index.ts";
import type { CallName } from "../../../kernel/client/index.ts";
import type { Diagnostics } from "../../diagnostics/index.ts";
import { type Input, open } from "./kernel-route.ts";
import { type Route, type RouteDoc, sendJson } from "./route.ts";

/** A route whose reply is put together from several syscalls, all made as who asks and with no other rights. */

export interface Kernel {
  call: <N extends CallName>(name: N, request: SyscallInput<N>) => Promise<SyscallResponse<N>>;
  /** Replaces or makes a file of a project. */
  write: (request: SyscallInput<"file_write">, content: string) => Promise<unknown>;
  /** What is wrong in the output of a process. */
  diagnostics: (pid: number) => Promise<Diagnostics>;
}

export function composedRoute<const D extends RouteDoc & { reply: { json: z.ZodType } }>(
  doc: D,
  work: (input: Input<D>, kernel: Kernel) => Promise<z.output<D["reply"]["json"]>>,
): Route {
  const serve: Route["serve"] = async (services, exchange) => {
    const { client, sessions, diagnostics } = services;
    const { response, signal } = exchange;
    const { identity, input } = await open(services, exchange, { doc, ask: () => undefined });
    const reply = await sessions.run(identity, (session) =>
      work(input, {
        call: (name, request) => client.call(name, request, { session, signal }),
        diagnostics: (pid) => diagnostics.read(pid, { session, signal }),
        write: (request, content) =>
          client.send("file_write", request, { session, signal, body: Readable.from([Buffer.from(content)]) }),
      }),
    );
    sendJson(response, doc.status, reply);
  };
  return { ...doc, serve };
}
