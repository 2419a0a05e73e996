import { toFault } from "../../../kernel/abi/index.ts";
import type { Fault } from "../../../kernel/abi/index.ts";
import type { ApiClient } from "../api/api-client.ts";
import { sessionAnswer } from "../api/answers.ts";
import type { SessionAnswer } from "../api/answers.ts";
import { paths } from "../api/paths.ts";

/**
 * Whether somebody is signed in, and how that changes.
 *
 * The state is what the server said last. Codes and tokens pass through to the server and are kept nowhere; this
 * browser remembers only that somebody signed in, so that a newcomer is not told by a refusal that nobody has.
 */
export type SessionState =
  | { phase: "loading" }
  | { phase: "signed_out"; why: "new" | "ended" | "left" }
  | { phase: "signed_out"; why: "code_refused" | "token_refused"; fault: Fault }
  | { phase: "unreachable"; fault: Fault }
  | ({ phase: "signed_in" } & Person);

/** Who is signed in, and what policy lets them do. */
export type Person = Omit<SessionAnswer, "csrf">;

export type Credential = { code: string } | { token: string };

/** The part of the browser's storage that is used. */
export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;
const signedIn = "superos-signed-in";

export class SessionStore {
  #state: SessionState = { phase: "loading" };
  readonly #api: ApiClient;
  readonly #memory: Memory;
  readonly #listeners = new Set<() => void>();

  constructor(api: ApiClient, memory: Memory) {
    this.#api = api;
    this.#memory = memory;
    api.onSignedOut = () => this.#leave("ended");
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): SessionState => this.#state;

  /** At the start of the page. */
  async resume(): Promise<void> {
    if (this.#memory.getItem(signedIn) === null) this.#set({ phase: "signed_out", why: "new" });
    else await this.refresh();
  }

  /** Asks the server who is signed in, such as when the connection was refused. */
  async refresh(): Promise<void> {
    try {
      this.#enter(await this.#api.json(sessionAnswer, paths.session, { signingIn: true }));
    } catch (error) {
      const fault = toFault(error);
      if (fault.code === "denied") this.#leave("ended");
      else if (this.#state.phase !== "signed_in") this.#set({ phase: "unreachable", fault });
    }
  }

  /** Asks again what the person may do, of somebody who is signed in. */
  async refreshRights(): Promise<void> {
    if (this.#state.phase === "signed_in") await this.refresh();
  }

  async signIn(credential: Credential): Promise<void> {
    try {
      this.#enter(
        await this.#api.json(sessionAnswer, paths.session, { method: "POST", json: credential, signingIn: true }),
      );
    } catch (error) {
      // A link that was used before leads whoever is signed in already to where they want to be.
      if ("code" in credential && this.#memory.getItem(signedIn) !== null) await this.refresh();
      if (this.#state.phase === "signed_in") return;
      this.#set({
        phase: "signed_out",
        why: "code" in credential ? "code_refused" : "token_refused",
        fault: toFault(error),
      });
    }
  }

  async signOut(): Promise<void> {
    await this.#api.empty(paths.session, { method: "DELETE", signingIn: true });
    this.#leave("left");
  }

  #enter({ csrf, ...person }: SessionAnswer): void {
    this.#api.setCsrf(csrf);
    this.#memory.setItem(signedIn, "yes");
    this.#set({ phase: "signed_in", ...person });
  }

  #leave(why: "new" | "ended" | "left"): void {
    this.#api.setCsrf("");
    this.#memory.removeItem(signedIn);
    // A refusal keeps the reason that is shown already.
    if (this.#state.phase !== "signed_out") this.#set({ phase: "signed_out", why });
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
