import { Readable } from "node:stream";
import {
  answerFaultSchema,
  Fault,
  type Millis,
  parseAtDoor,
  type QuestionName,
  type QuestionRequest,
  type QuestionResponse,
  questions,
} from "../abi/index.ts";

/**
 * The kernel's questions to policy, and policy's answers.
 *
 * One policy attends at a time; a newer one replaces the older. While none attends, and when one leaves with questions
 * open, a question is the fault `unavailable`: the kernel never answers in policy's place.
 */

const answerTimeoutMs = 15_000;

interface Open {
  name: QuestionName;
  settle: PromiseWithResolvers<unknown>;
}

export class PolicyLink {
  readonly #now: () => Millis;
  readonly #open = new Map<number, Open>();
  #attending: Readable | undefined;
  #attended = Promise.withResolvers<void>();
  #lastId = 0;

  constructor(now: () => Millis) {
    this.#now = now;
  }

  get up(): boolean {
    return this.#attending !== undefined;
  }

  /** Faults: `unavailable` while none attends. */
  requireUp(): void {
    this.#require();
  }

  #require(): Readable {
    if (this.#attending === undefined) throw this.#away();
    return this.#attending;
  }

  /** Resolves once a policy attends. */
  async attended(): Promise<void> {
    await this.#attended.promise;
  }

  /** Policy's stream of questions. */
  attend(): Readable {
    this.#attending?.destroy();
    const stream = new Readable({ read: () => undefined });
    stream.once("close", () => this.#left(stream));
    this.#attending = stream;
    this.#attended.resolve();
    return stream;
  }

  #left(stream: Readable): void {
    if (this.#attending !== stream) return;
    this.#attending = undefined;
    this.#attended = Promise.withResolvers();
    for (const { settle } of this.#open.values()) settle.reject(this.#away());
    this.#open.clear();
  }

  #away(): Fault {
    return new Fault("unavailable", "the policy process is away", { hint: "It is being restarted; try again." });
  }

  /** Asks and waits. Faults: policy's own, `unavailable`, `timed_out`. */
  async ask<N extends QuestionName>(name: N, request: QuestionRequest<N>): Promise<QuestionResponse<N>> {
    const policy = this.#require();
    const id = ++this.#lastId;
    const settle = Promise.withResolvers<unknown>();
    this.#open.set(id, { name, settle });
    const late = setTimeout(
      () => settle.reject(new Fault("timed_out", `policy did not answer '${name}' in time`)),
      answerTimeoutMs,
    );
    policy.push(`${JSON.stringify({ id, name, at: this.#now(), request })}\n`);
    try {
      const answer = await settle.promise;
      return parseAtDoor(questions[name].response, answer, `policy's answer to ${name}`) as QuestionResponse<N>;
    } finally {
      clearTimeout(late);
      this.#open.delete(id);
    }
  }

  /**
   * Asks whichever policy comes next, for as long as none stays: that of a kernel that was killed may be there for a moment.
   * Faults: policy's own.
   */
  async askUntilUp<N extends QuestionName>(name: N, request: QuestionRequest<N>): Promise<QuestionResponse<N>> {
    for (;;) {
      await this.attended();
      try {
        return await this.ask(name, request);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== "unavailable") throw error;
      }
    }
  }

  /** Takes an answer. Faults: `not_found` for a question that is not open. */
  answer(id: number, answer: unknown, fault: unknown): void {
    const open = this.#open.get(id);
    if (open === undefined) throw new Fault("not_found", `no question ${id} is open`);
    if (fault === undefined) {
      open.settle.resolve(answer);
      return;
    }
    const { code, message, hint } = parseAtDoor(answerFaultSchema, fault, "policy's fault");
    open.settle.reject(new Fault(code, message, hint === undefined ? {} : { hint }));
  }
}
