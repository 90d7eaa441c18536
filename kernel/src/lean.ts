/*
 * A Map or a Set of V8 that lives long, with keys that come and go, keeps alive whatever passed through it until all of the heap
 * is collected: whenever its table is full of what was deleted it moves to a new one, and the old one, which lives among the old,
 * points to the new one (for iterators) and to what it held then. Each is kept by the one before. What calls pass through, and
 * all that hangs on it, is then never collected with the young: it is copied twice, kept, and costs a collection of everything
 * (docs/decisions/0059). These two have no such table.
 */

/** A set for what comes and goes with calls: some hundreds at a time, for it is looked through. Iterates over those of its beginning. */
export class LeanSet<Item> implements Iterable<Item> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  has(item: Item): boolean {
    return this.#items.includes(item);
  }

  add(item: Item): this {
    if (!this.#items.includes(item)) this.#items.push(item);
    return this;
  }

  /** Whether it was there. The order of the others may change. */
  delete(item: Item): boolean {
    const index = this.#items.lastIndexOf(item);
    if (index < 0) return false;
    const last = this.#items.pop() as Item;
    if (index < this.#items.length) this.#items[index] = last;
    return true;
  }

  clear(): void {
    this.#items.length = 0;
  }

  values(): IterableIterator<Item> {
    return [...this.#items].values();
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.values();
  }

  forEach(use: (item: Item) => void): void {
    for (const item of this.values()) use(item);
  }
}

/** A map for what comes and goes with calls; iterates over those of its beginning. No value is undefined. */
export class LeanMap<Key extends string | number, Value extends {}> {
  #values: Partial<Record<Key, Value>> = Object.create(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Key): Value | undefined {
    return this.#values[key];
  }

  has(key: Key): boolean {
    return this.#values[key] !== undefined;
  }

  set(key: Key, value: Value): this {
    if (this.#values[key] === undefined) this.#size += 1;
    this.#values[key] = value;
    return this;
  }

  /** Whether it was there. */
  delete(key: Key): boolean {
    if (this.#values[key] === undefined) return false;
    delete this.#values[key];
    this.#size -= 1;
    return true;
  }

  clear(): void {
    this.#values = Object.create(null);
    this.#size = 0;
  }

  values(): IterableIterator<Value> {
    return Object.values<Value>(this.#values as Record<Key, Value>).values();
  }

  forEach(use: (value: Value) => void): void {
    for (const value of this.values()) use(value);
  }
}
