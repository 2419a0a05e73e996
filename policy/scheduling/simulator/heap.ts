/** A binary heap: the least key first, equal keys in the order of their arrival. */

interface Item<T> {
  key: number;
  order: number;
  value: T;
}

const isLess = (a: Item<unknown>, b: Item<unknown>): boolean => a.key < b.key || (a.key === b.key && a.order < b.order);

export class Heap<T> {
  readonly #items: Item<T>[] = [];
  #order = 0;

  push(key: number, value: T): void {
    const items = this.#items;
    const item = { key, order: ++this.#order, value };
    let at = items.length;
    for (let up = (at - 1) >> 1; at > 0; up = (at - 1) >> 1) {
      const parent = items[up];
      if (parent === undefined || !isLess(item, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  peek(): { key: number; value: T } | undefined {
    return this.#items[0];
  }

  pop(): { key: number; value: T } | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = items[2 * at + 1];
      const right = items[2 * at + 2];
      const child = left !== undefined && right !== undefined && isLess(right, left) ? right : left;
      if (child === undefined || !isLess(child, last)) break;
      items[at] = child;
      at = 2 * at + (child === left ? 1 : 2);
    }
    items[at] = last;
    return first;
  }
}
