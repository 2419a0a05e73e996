import type { Millis, PoolShape, ScheduleResponse } from "../../../kernel/abi/index.ts";
import type { Program } from "./workload.ts";

/** The pool of a simulated kernel: one shape for each label. */

interface Shape {
  memoryBytes: number;
  ready: number;
  making: number;
  usedAt: number[];
}

export class Embryos {
  readonly #shapes = new Map<string, Shape>();

  constructor(programs: readonly Program[]) {
    for (const { label, memoryBytes } of programs) {
      this.#shapes.set(label, { memoryBytes, ready: 0, making: 0, usedAt: [] });
    }
  }

  /** Memory that is promised to embryos. */
  get bytes(): number {
    let sum = 0;
    for (const { memoryBytes, ready, making } of this.#shapes.values()) sum += memoryBytes * (ready + making);
    return sum;
  }

  /** Whether there was one. */
  take(label: string): boolean {
    const shape = this.#shapes.get(label);
    if (shape === undefined || shape.ready === 0) return false;
    shape.ready -= 1;
    return true;
  }

  used(label: string, at: number): void {
    const shape = this.#shapes.get(label);
    if (shape !== undefined) shape.usedAt = [...shape.usedAt.filter((each) => each > at - 60_000), at];
  }

  made(label: string): void {
    const shape = this.#shapes.get(label);
    if (shape === undefined || shape.making === 0) return;
    shape.making -= 1;
    shape.ready += 1;
  }

  /** Embryos go until what they hold fits into so many bytes. */
  makeRoom(roomBytes: number): void {
    for (const shape of this.#shapes.values()) {
      while (this.bytes > roomBytes && shape.making > 0) shape.making -= 1;
      while (this.bytes > roomBytes && shape.ready > 0) shape.ready -= 1;
    }
  }

  /** Drains what is too much; returns the label of each that is to be made. */
  want(counts: ScheduleResponse["pool"]): string[] {
    const labels: string[] = [];
    const wanted = new Map(counts.map(({ shape, count }) => [shape, count]));
    for (const [label, shape] of this.#shapes) {
      const count = wanted.get(label) ?? 0;
      shape.ready = Math.min(shape.ready, count);
      shape.making = Math.min(shape.making, count - shape.ready);
      for (; shape.ready + shape.making < count; shape.making += 1) labels.push(label);
    }
    return labels;
  }

  shapes(epoch: number, now: number): PoolShape[] {
    const used: PoolShape[] = [];
    for (const [label, shape] of this.#shapes) {
      const last = shape.usedAt.at(-1);
      if (last === undefined) continue;
      const { memoryBytes, ready, making } = shape;
      const recentSpawns = shape.usedAt.filter((at) => at > now - 60_000).length;
      const lastUsedAt = Math.floor(epoch + last) as Millis;
      used.push({ shape: label, memoryBytes, ready, making, recentSpawns, lastUsedAt });
    }
    return used;
  }
}
