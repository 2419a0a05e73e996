import type { IncomingMessage } from "node:http";
import type { Fault } from "../../../kernel/abi/index.ts";

/**
 * The answers that the gateway itself gives under a preview's name: a small page for people, JSON for programs.
 *
 * They load nothing and run nothing, are never cached, and tell nothing of the instance.
 */

/** A fault whose status is that of a gateway before another's program. */
export class PreviewRefusal extends Error {
  override readonly name = "PreviewRefusal";
  readonly status: number;
  readonly fault: Fault;

  constructor(status: number, fault: Fault) {
    super(fault.message, { cause: fault });
    this.status = status;
    this.fault = fault;
  }
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character] ?? "");
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const page = (status: number, { message, hint }: Fault): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} - SuperOS</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.25rem; }
p { opacity: 0.8; }
</style>
</head>
<body>
<h1>${escaped(sentence(message))}</h1>
<p>${escaped(hint)}</p>
</body>
</html>
`;

const wantsJson = ({ headers }: IncomingMessage): boolean =>
  headers.accept?.includes("application/json") === true && !headers.accept.includes("text/html");

export interface OwnAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

export function refusedPage(request: IncomingMessage, { status, fault }: PreviewRefusal): OwnAnswer {
  const json = wantsJson(request);
  const body = Buffer.from(json ? JSON.stringify({ fault: fault.toBody() }) : page(status, fault));
  const headers = {
    "Content-Type": json ? "application/json; charset=utf-8" : "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Origin-Agent-Cluster": "?1",
    ...(status === 401 ? { "WWW-Authenticate": "SuperOS-Preview" } : {}),
    ...(status === 405 ? { Allow: "GET" } : {}),
  };
  return { status, headers, body };
}
