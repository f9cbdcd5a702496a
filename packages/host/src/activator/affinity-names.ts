import { createHmac, randomBytes } from "node:crypto";
import type { Instance } from "../instance/instance.ts";

/**
 * What cookies call the instances of one function. A name of its own tells how many instances there were, and lets
 * anyone choose one; what the cookie has can be neither read nor guessed, and means nothing to another host.
 */
export class AffinityNames {
  readonly #secret: Buffer = randomBytes(32);
  readonly #cookies: WeakMap<Instance, string> = new WeakMap();
  readonly #names: Map<string, string> = new Map();

  /** The value for an instance. */
  valueOf(instance: Instance): string {
    const known = this.#cookies.get(instance);
    if (known !== undefined) return known;
    const value = createHmac("sha256", this.#secret).update(instance.name).digest("base64url").slice(0, 22);
    this.#cookies.set(instance, value);
    this.#names.set(value, instance.name);
    if (this.#names.size > mostNames) this.#forgetOldest();
    return value;
  }

  /** Name of the instance with this value; null when no instance has, or had, it. */
  nameOf(value: string): string | null {
    return this.#names.get(value) ?? null;
  }

  #forgetOldest(): void {
    const [oldest] = this.#names.keys();
    if (oldest !== undefined) this.#names.delete(oldest);
  }
}

/** Far more than run at a time: those of instances that are gone need not be known. */
const mostNames = 10_000;
