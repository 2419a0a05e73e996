import type { Readable } from "node:stream";
import { Fault, kernelTopics, type KernelTopic, type Millis, type Pid, type ProjectId } from "../abi/index.ts";
import type { QueueNews } from "./queues.ts";
import type { Waits } from "./queue-waits.ts";
import { Subscription } from "./topic-subscription.ts";
import type { Scope } from "./topic-scope.ts";

/**
 * Topics: what is published reaches everybody who listens at that moment, and is kept for nobody.
 *
 * A topic is there while somebody listens. The kernel's own topics are told to each subscriber as far as it `sees` what
 * they are about. Who may listen is asked again whenever rights have changed; a subscription that lost one of its topics
 * ends.
 */

/** What an event of the kernel's own is about. */
export type News =
  | { topic: "kernel.process"; pid: Pid; reaped: boolean }
  | { topic: "kernel.project"; project: ProjectId }
  | ({ topic: "kernel.channel" } & Pick<QueueNews, "scope" | "channel">);

export interface SubscribeOrder {
  scope: Scope;
  topics: readonly string[];
  subscriber: Pid;
  /** Throws once the subscriber may not receive from one of the topics. */
  may: () => void;
  sees: (news: News) => boolean;
}

interface Listener extends SubscribeOrder {
  subscription: Subscription;
  close: () => void;
}

const subscriberLimit = 64;
const totalLimit = 4096;

export class Topics {
  readonly #now: () => Millis;
  readonly #waits: Waits;
  /** By scope and name; those of the kernel's own topics by name alone. */
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #bySubscriber = new Map<Pid, Set<Listener>>();
  #size = 0;

  constructor(options: { now: () => Millis; waits: Waits }) {
    this.#now = options.now;
    this.#waits = options.waits;
  }

  /** Tells everybody who listens. Returns how many do. */
  publish(scope: Scope, topic: string, event: { from: Pid; data: unknown }): number {
    const listeners = this.#listeners.get(keyOf(scope, topic));
    if (listeners === undefined) return 0;
    const text = this.#textOf(topic, event);
    for (const { subscription } of listeners) subscription.add(text);
    return listeners.size;
  }

  /** The kernel tells those who may see it. */
  tell(news: News, event: { from: Pid; data: unknown }): void {
    let text: string | undefined;
    for (const { subscription, sees } of this.#listeners.get(news.topic) ?? []) {
      if (!sees(news)) continue;
      text ??= this.#textOf(news.topic, event);
      subscription.add(text);
    }
  }

  /** Whether anybody listens to one of the kernel's own topics. */
  hears(topic: KernelTopic): boolean {
    return this.#listeners.has(topic);
  }

  /** Faults: `exhausted`. The stream ends when the subscriber may not receive any more. */
  subscribe(order: SubscribeOrder): Readable {
    const { subscriber, topics, scope } = order;
    const own = this.#bySubscriber.get(subscriber) ?? new Set<Listener>();
    if (own.size >= subscriberLimit || this.#size >= totalLimit) {
      throw new Fault("exhausted", `there are ${subscriberLimit} subscriptions of process ${subscriber} already`, {
        hint: "One subscription may name many topics.",
      });
    }
    const subscription = new Subscription();
    const endWait = this.#waits.begin(subscriber);
    const keys = topics.map((topic) => keyOf(scope, topic));
    const listener: Listener = { ...order, subscription, close: () => close() };
    const close = (): void => {
      if (!own.delete(listener)) return;
      this.#size -= 1;
      if (own.size === 0) this.#bySubscriber.delete(subscriber);
      for (const key of keys) {
        const listeners = this.#listeners.get(key);
        listeners?.delete(listener);
        if (listeners?.size === 0) this.#listeners.delete(key);
      }
      endWait();
      subscription.end();
    };
    this.#size += 1;
    this.#bySubscriber.set(subscriber, own.add(listener));
    for (const key of keys) this.#listeners.set(key, (this.#listeners.get(key) ?? new Set()).add(listener));
    subscription.stream.once("close", close);
    return subscription.stream;
  }

  /** The rights of these are not what they were. */
  recheck(subscribers: Iterable<Pid>): void {
    for (const subscriber of subscribers)
      for (const listener of this.#bySubscriber.get(subscriber) ?? []) if (!isAllowed(listener)) listener.close();
  }

  left(subscriber: Pid): void {
    for (const listener of this.#bySubscriber.get(subscriber) ?? []) listener.close();
  }

  removeScope(scope: Scope): void {
    for (const listeners of this.#bySubscriber.values())
      for (const listener of listeners) if (listener.scope === scope) listener.close();
  }

  #textOf(topic: string, { from, data }: { from: Pid; data: unknown }): string {
    return JSON.stringify({ topic, at: this.#now(), from, data }).slice(0, -1);
  }
}

const isKernelTopic = (topic: string): boolean => (kernelTopics as readonly string[]).includes(topic);
const keyOf = (scope: Scope, topic: string): string => (isKernelTopic(topic) ? topic : `${scope} ${topic}`);

function isAllowed({ may }: Listener): boolean {
  try {
    may();
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
