import type { z } from "zod";
import { Fault } from "../../../kernel/abi/index.ts";
import { parseJson, readFault, unreachable } from "./read-fault.ts";

/**
 * The one way to the HTTP interface: adds the session's CSRF token, parses each answer by its schema, throws faults.
 *
 * The session itself is an HttpOnly cookie that no script can read. When the server says that there is no session
 * (401), `onSignedOut` is told once per answer, whoever asked.
 */
export interface ApiRequest {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** A refusal of this request says nothing about the present session. */
  signingIn?: boolean;
}

export interface Upload {
  body: Blob;
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

const prefix = "/api/v1";

export class ApiClient {
  #csrf = "";
  readonly #send: typeof fetch;
  onSignedOut: () => void = () => undefined;

  constructor(send: typeof fetch) {
    this.#send = send;
  }

  setCsrf(csrf: string): void {
    this.#csrf = csrf;
  }

  async json<S extends z.ZodType>(schema: S, path: string, request: ApiRequest = {}): Promise<z.output<S>> {
    const response = await this.#fetch(path, request);
    const parsed = schema.safeParse(parseJson(await response.text()));
    if (parsed.success) return parsed.data;
    throw new Fault("internal", "the answer is not one that this page knows", {
      hint: "The page may be older than the server: load it again.",
    });
  }

  async empty(path: string, request: ApiRequest): Promise<void> {
    await this.#fetch(path, request);
  }

  /** The bytes of a file, with the version that its ETag names. */
  async bytes(path: string, signal?: AbortSignal): Promise<{ bytes: ArrayBuffer; version: string | null }> {
    const response = await this.#fetch(path, signal === undefined ? {} : { signal });
    const version = /^(?:W\/)?"([0-9a-z-]{1,64})"$/.exec(response.headers.get("etag") ?? "")?.[1] ?? null;
    return { bytes: await response.arrayBuffer(), version };
  }

  /** The lines of a stream as they come, those of each chunk at once. Ends when the server ends it. */
  async *lines(path: string, signal: AbortSignal, onOpen: () => void): AsyncGenerator<readonly string[]> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.chunks(path, signal, onOpen)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield lines.filter((line) => line !== "");
    }
  }

  /** The bytes of a stream as they come. Who takes no more of them ends it. */
  async *chunks(path: string, signal: AbortSignal, onOpen?: () => void): AsyncGenerator<Uint8Array> {
    const response = await this.#fetch(path, { signal });
    onOpen?.();
    if (response.body === null) return;
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    } catch (error) {
      if (signal.aborted) throw error;
      throw unreachable(error);
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  /** Sends a large body. `fetch` reports no progress of an upload; XMLHttpRequest does. */
  async upload<S extends z.ZodType>(schema: S, path: string, { body, ...options }: Upload): Promise<z.output<S>> {
    const { status, text } = await this.#post(path, body, options);
    if (status === 401) this.onSignedOut();
    if (status < 200 || status > 299) throw readFault(status, text);
    return schema.parse(parseJson(text));
  }

  #post(
    path: string,
    body: Blob,
    { onProgress, signal }: Omit<Upload, "body">,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      xhr.open("POST", prefix + path);
      xhr.setRequestHeader("content-type", body.type);
      xhr.setRequestHeader("x-superos-csrf", this.#csrf);
      xhr.upload.addEventListener("progress", (event) =>
        onProgress(event.total === 0 ? 1 : event.loaded / event.total),
      );
      xhr.addEventListener("load", () => resolve({ status: xhr.status, text: xhr.responseText }));
      xhr.addEventListener("error", () =>
        reject(
          new Fault("unavailable", "the upload broke off", {
            hint: "A file may have changed or be unreadable, or the server went away. Try again.",
          }),
        ),
      );
      xhr.addEventListener("abort", () => reject(new DOMException("the upload was cancelled", "AbortError")));
      signal.addEventListener("abort", () => xhr.abort(), { once: true });
      xhr.send(body);
    });
  }

  async #fetch(path: string, request: ApiRequest): Promise<Response> {
    const method = request.method ?? "GET";
    const headers = new Headers(request.headers);
    if (method !== "GET" && this.#csrf !== "") headers.set("x-superos-csrf", this.#csrf);
    if (request.json !== undefined) headers.set("content-type", "application/json");
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    let response: Response;
    try {
      response = await this.#send(prefix + path, {
        method,
        headers,
        credentials: "same-origin",
        ...(body === undefined ? {} : { body }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw unreachable(error);
    }
    if (response.ok) return response;
    const fault = readFault(response.status, await response.text());
    if (response.status === 401 && request.signingIn !== true) this.onSignedOut();
    throw fault;
  }
}
