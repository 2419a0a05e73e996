import type { OutgoingHttpHeaders } from "node:http";
import { pipeline } from "node:stream/promises";
import type { z } from "zod";
import { Fault, parseAtDoor, syscalls, type SyscallInput, type SyscallResponse } from "../../../kernel/abi/index.ts";
import type { CallName, KernelReply, StreamInName, StreamOutName } from "../../../kernel/client/index.ts";
import { readJson } from "../http/read-json.ts";
import { identify } from "../session/identify.ts";
import type { Identity, Sessions } from "../session/sessions.ts";
import { sendEmpty, sendJson, type Exchange, type Route, type RouteDoc, type Services } from "./route.ts";

/**
 * Routes that are one syscall: the parts of the request become the syscall's request, its response becomes the reply.
 *
 * Streams are piped with backpressure and never looked into. A JSON body is checked here, so that a refusal names the
 * field, and handed on as it was written: the kernel reads it itself.
 */

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type Written<B> = B extends { json: infer S extends z.ZodType } ? z.input<S> : undefined;

export interface Input<D extends RouteDoc> {
  params: Parsed<D["params"]>;
  query: Parsed<D["query"]>;
  headers: Parsed<D["headers"]>;
  body: Written<D["body"]>;
}

async function readInput<D extends RouteDoc>(doc: D, exchange: Exchange): Promise<Input<D>> {
  const { request, params, query } = exchange;
  if (request.headers["content-encoding"] !== undefined) {
    throw new Fault("invalid", "the body has a content encoding", { hint: "Send the body as it is." });
  }
  const input = {
    params: doc.params && parseAtDoor(doc.params, params, "path"),
    query: parseQuery(doc, query),
    headers: doc.headers && parseAtDoor(doc.headers, request.headers, "headers"),
    body: await readBody(doc, exchange),
  };
  return input as Input<D>;
}

function parseQuery(doc: RouteDoc, query: unknown): unknown {
  if (doc.query !== undefined) return parseAtDoor(doc.query, query, "query");
  if (Object.keys(Object(query)).length > 0) throw new Fault("invalid", "this route has no query parameters");
  return undefined;
}

async function readBody(doc: RouteDoc, { request }: Exchange): Promise<unknown> {
  if (doc.body === undefined || !("json" in doc.body)) return undefined;
  const body = await readJson(request);
  parseAtDoor(doc.body.json, body, "body");
  return body;
}

/** Reads what a request asks for. Who is not signed in is told that, and not what else is wrong with the request. */
async function whenSignedIn<T>(sessions: Sessions, identity: Identity, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await sessions.liveHandle(identity);
    throw error;
  }
}

/** The opening that all these routes share: who asks, and for what. */
export async function open<D extends RouteDoc, A>(
  { sessions, site }: Services,
  exchange: Exchange,
  { doc, ask }: { doc: D; ask: (input: Input<D>) => A },
): Promise<{ identity: Identity; input: Input<D>; asked: A }> {
  const identity = identify(exchange.request, site);
  return whenSignedIn(sessions, identity, async () => {
    const input = await readInput(doc, exchange);
    return { identity, input, asked: ask(input) };
  });
}

/** A route whose request and reply are JSON. Where `status` is 204 the syscall's response is empty. */
export function callRoute<N extends CallName, const D extends RouteDoc>(
  syscall: N,
  doc: D,
  ask: (input: Input<D>) => SyscallInput<N>,
): Route {
  const serve: Route["serve"] = async (services, exchange) => {
    const { response } = exchange;
    const said = await answerOf(syscall, { services, exchange }, { doc, ask });
    if (doc.status === 204) sendEmpty(response);
    else sendJson(response, doc.status, said);
  };
  return { ...doc, ...(doc.status === 204 ? {} : { reply: { json: syscalls[syscall].response } }), serve };
}

/** A route whose reply is made from the syscall's response: a secret of it becomes an address to open. */
export function addressRoute<N extends CallName, const D extends RouteDoc & { reply: { json: z.ZodType } }>(
  syscall: N,
  doc: D,
  how: {
    ask: (input: Input<D>) => SyscallInput<N>;
    answer: (said: SyscallResponse<N>, at: { services: Services; exchange: Exchange }) => z.output<D["reply"]["json"]>;
  },
): Route {
  const serve: Route["serve"] = async (services, exchange) => {
    const at = { services, exchange };
    const said = await answerOf(syscall, at, { doc, ask: how.ask });
    sendJson(exchange.response, doc.status, how.answer(said, at));
  };
  return { ...doc, serve };
}

async function answerOf<N extends CallName, D extends RouteDoc>(
  syscall: N,
  { services, exchange }: { services: Services; exchange: Exchange },
  what: { doc: D; ask: (input: Input<D>) => SyscallInput<N> },
): Promise<SyscallResponse<N>> {
  const { identity, asked } = await open(services, exchange, what);
  const { client, sessions } = services;
  return sessions.run(identity, (session) => client.call(syscall, asked, { session, signal: exchange.signal }));
}

/** A route whose reply is a stream. */
export function streamOutRoute<N extends StreamOutName, const D extends RouteDoc & { reply: { stream: string } }>(
  syscall: N,
  doc: D,
  how: {
    ask: (input: Input<D>) => SyscallInput<N>;
    headers?: (reply: KernelReply, input: Input<D>) => OutgoingHttpHeaders;
  },
): Route {
  const serve: Route["serve"] = async (services, exchange) => {
    const { client, sessions } = services;
    const { response, signal } = exchange;
    const { identity, input, asked } = await open(services, exchange, { doc, ask: how.ask });
    const stream = await sessions.run(identity, (session) => client.openStream(syscall, asked, { session, signal }));
    const length = stream.headers["content-length"];
    response.writeHead(doc.status, {
      "Content-Type": doc.reply.stream,
      ...(length === undefined ? {} : { "Content-Length": length }),
      ...how.headers?.(stream, input),
    });
    response.flushHeaders();
    await pipeline(stream, response);
  };
  return { ...doc, serve };
}

/** A route whose request's body is a stream. */
export function streamInRoute<N extends StreamInName, const D extends RouteDoc & { body: { stream: string } }>(
  syscall: N,
  doc: D,
  ask: (input: Input<D>) => SyscallInput<N>,
): Route {
  const serve: Route["serve"] = async (services, exchange) => {
    const { client, sessions } = services;
    const { request, response, signal } = exchange;
    const { identity, asked } = await open(services, exchange, { doc, ask });
    // A body can be sent only once: the session is made sure of before.
    const session = await sessions.liveHandle(identity);
    const said: SyscallResponse<N> = await client.send(syscall, asked, { session, signal, body: request });
    sendJson(response, doc.status, said);
  };
  return { ...doc, reply: { json: syscalls[syscall].response }, serve };
}
