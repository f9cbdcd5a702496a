/** Where an item stands in a `LoadOrder`. */
export interface Place<Item> {
  readonly order: LoadOrder<Item>;
  readonly item: Item;
  load: number;
  fresher: Place<Item> | null;
  colder: Place<Item> | null;
}

interface Shelf<Item> {
  freshest: Place<Item> | null;
  coldest: Place<Item> | null;
}

/**
 * Keeps items by load, and those of one load by when they were last moved. Each shelf holds the items of one load as a
 * linked list. Loads change by one at a time, so every step costs the same however many items there are: with
 * hundreds of instances a scan for each request would cost more than the rest of its admission.
 */
export class LoadOrder<Item> {
  readonly #shelves: Shelf<Item>[] = [];
  /** No shelf below this one holds anything. */
  #lowest = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The item of least load; among equals the one moved last. */
  get first(): Place<Item> | null {
    while (this.#lowest < this.#shelves.length) {
      const place = this.#shelves[this.#lowest]?.freshest ?? null;
      if (place !== null) return place;
      this.#lowest++;
    }
    return null;
  }

  /** The item that would be first without this one. */
  after(place: Place<Item>): Place<Item> | null {
    if (place.colder !== null) return place.colder;
    for (let load = place.load + 1; load < this.#shelves.length; load++) {
      const next = this.#shelves[load]?.freshest ?? null;
      if (next !== null) return next;
    }
    return null;
  }

  add(item: Item, load: number): Place<Item> {
    const place: Place<Item> = { order: this, item, load, fresher: null, colder: null };
    this.#insert(place);
    this.#size++;
    return place;
  }

  /** Gives the item another load, and makes it the freshest of that. */
  move(place: Place<Item>, load: number): void {
    this.#unlink(place);
    place.load = load;
    this.#insert(place);
  }

  remove(place: Place<Item>): void {
    this.#unlink(place);
    this.#size--;
  }

  /** All items by rising load, and from the coldest to the freshest among equals. */
  *coldestFirst(): Generator<Item> {
    for (const shelf of this.#shelves) {
      for (let place = shelf.coldest; place !== null; place = place.fresher) yield place.item;
    }
  }

  #insert(place: Place<Item>): void {
    const { load } = place;
    while (this.#shelves.length <= load) this.#shelves.push({ freshest: null, coldest: null });
    const shelf = this.#shelves[load];
    if (shelf === undefined) throw new Error(`Cannot order an item: ${load} is no load`);
    place.colder = shelf.freshest;
    place.fresher = null;
    if (shelf.freshest === null) shelf.coldest = place;
    else shelf.freshest.fresher = place;
    shelf.freshest = place;
    if (load < this.#lowest) this.#lowest = load;
  }

  #unlink(place: Place<Item>): void {
    const shelf = this.#shelves[place.load];
    if (shelf === undefined) return;
    if (place.fresher === null) shelf.freshest = place.colder;
    else place.fresher.colder = place.colder;
    if (place.colder === null) shelf.coldest = place.fresher;
    else place.colder.fresher = place.fresher;
    place.fresher = null;
    place.colder = null;
  }
}
