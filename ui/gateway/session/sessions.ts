import { hash } from "node:crypto";
import { Fault, type Credential, type Session } from "../../../kernel/abi/index.ts";
import { isNoSuchSession, type KernelClient, type Log } from "../../../kernel/client/index.ts";
import { Refusal } from "../http/refusal.ts";

/**
 * From who asks to the kernel's session that asks for them.
 *
 * A cookie is the session's handle itself. An API token opens one session, whose handle is remembered under the
 * token's hash; nothing is lost when the gateway forgets it. A session that the kernel does not know (any more) is
 * opened again once for a token, and is 401 for a cookie.
 */

export type Identity = { via: "cookie"; handle: string } | { via: "token"; secret: string };

const rememberedTokens = 1000;

export function notSignedIn(cause?: unknown): Refusal {
  const hint = "Sign in again, or send an API token as 'Authorization: Bearer TOKEN'.";
  return new Refusal(401, new Fault("denied", "not signed in", { hint, cause }));
}

export class Sessions {
  readonly #client: KernelClient;
  readonly #log: Log;
  /** In the order of their last use. */
  readonly #handles = new Map<string, Promise<string>>();

  constructor(parts: { client: KernelClient; log: Log }) {
    this.#client = parts.client;
    this.#log = parts.log;
  }

  open(credential: Credential): Promise<Session> {
    return this.#client.call("session_open", { credential });
  }

  /** Does `work` with the identity's session. It may run twice, so it must not use up what cannot be had again. */
  async run<T>(identity: Identity, work: (handle: string) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(identity, work);
    } catch (error) {
      if (!isNoSuchSession(error)) throw error;
      if (identity.via === "cookie") throw notSignedIn(error);
    }
    try {
      return await this.#attempt(identity, work);
    } catch (error) {
      throw isNoSuchSession(error) ? notSignedIn(error) : error;
    }
  }

  /** A handle that the kernel knows at this moment, for work that can be done only once. */
  liveHandle(identity: Identity): Promise<string> {
    return this.run(identity, async (handle) => {
      await this.#client.call("session_inspect", {}, { session: handle });
      return handle;
    });
  }

  /** Ends the identity's session in the kernel. */
  async close(identity: Identity): Promise<void> {
    await this.run(identity, (handle) => this.#client.call("session_close", {}, { session: handle }));
    if (identity.via === "token") this.#handles.delete(keyOf(identity.secret));
  }

  async #attempt<T>(identity: Identity, work: (handle: string) => Promise<T>): Promise<T> {
    if (identity.via === "cookie") return work(identity.handle);
    const key = keyOf(identity.secret);
    const opening = this.#handleOf(key, identity.secret);
    try {
      return await work(await opening);
    } catch (error) {
      if (isNoSuchSession(error) && this.#handles.get(key) === opening) this.#handles.delete(key);
      throw error;
    }
  }

  #handleOf(key: string, secret: string): Promise<string> {
    const known = this.#handles.get(key);
    if (known !== undefined) this.#handles.delete(key);
    const opening = known ?? this.#openForToken(key, secret);
    this.#handles.set(key, opening);
    this.#forgetOldest();
    return opening;
  }

  async #openForToken(key: string, secret: string): Promise<string> {
    try {
      return (await this.open({ type: "token", secret })).handle;
    } catch (error) {
      this.#handles.delete(key);
      throw error instanceof Fault && error.code === "denied" ? notSignedIn(error) : error;
    }
  }

  #forgetOldest(): void {
    const oldest = this.#handles.size > rememberedTokens ? this.#handles.entries().next().value : undefined;
    if (oldest === undefined) return;
    this.#handles.delete(oldest[0]);
    void oldest[1]
      .then((handle) => this.#client.call("session_close", {}, { session: handle }))
      .catch((error: unknown) => this.#log("info", "a forgotten session was not closed", { error }));
  }
}

const keyOf = (secret: string): string => hash("sha256", secret, "base64url");
