/**
 * The keys that leave a terminal without ending its program: ctrl-p ctrl-q, as docker has them. Pure.
 *
 * A key that may be the first of them is held until the next one says; every other byte passes on unchanged.
 */

export const usualDetachKeys: readonly number[] = [0x10, 0x11];

/** `ctrl-p,ctrl-q`, or single characters between commas; `none` for no such keys. `undefined` where it is neither. */
export function parseDetachKeys(text: string): readonly number[] | undefined {
  if (text === "none") return [];
  const keys = text.split(",").map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    return /^[!-~]$/.test(key) ? key.charCodeAt(0) : undefined;
  });
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

export class DetachKeys {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What of the input passes on; with `detach` the keys were typed, and what came after them is dropped. */
  take(input: Uint8Array): { data: Uint8Array; detach: boolean } {
    const passed: number[] = [];
    for (const byte of input) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.#keys.length) return { data: Uint8Array.from(passed), detach: true };
        continue;
      }
      passed.push(...this.#release(byte));
    }
    return { data: Uint8Array.from(passed), detach: false };
  }

  /** The byte does not go on with the keys: the oldest that were held pass on, and it may begin them anew. */
  #release(byte: number): number[] {
    const held = [...this.#keys.slice(0, this.#matched), byte];
    for (let start = 1; start <= held.length; start += 1) {
      const rest = held.slice(start);
      if (rest.every((each, index) => each === this.#keys[index])) {
        this.#matched = rest.length;
        return held.slice(0, start);
      }
    }
    return held;
  }
}
