import { createHmac, randomBytes } from "node:crypto";
import type { Affinity } from "@tidegate/core";
import type { Instance } from "../instance/instance.ts";
import type { AdmissibleRequest } from "./waiter.ts";

/** Far more instances than run at a time: those that are gone need not be known. */
const mostInstances = 10_000;

/**
 * The cookies that keep clients on their instances. The name of an instance tells how many there were, and would let
 * anyone choose one; a cookie's value can be neither read nor guessed, and means nothing to another host.
 */
export class AffinityCookies {
  readonly #secret: Buffer = randomBytes(32);
  readonly #values: WeakMap<Instance, string> = new WeakMap();
  readonly #names: Map<string, string> = new Map();

  /** Name of the instance that the client's cookie stands for; null when it stands for none. */
  preferred({ cookie }: Affinity, request: AdmissibleRequest): string | null {
    const value = request.cookie(cookie);
    return value === null ? null : (this.#names.get(value) ?? null);
  }

  /** The header line for a response of this instance, when the client has to be told; else an empty string. */
  line({ cookie, maxAgeMs }: Affinity, request: AdmissibleRequest, instance: Instance, isSecure: boolean): string {
    const value = this.#valueOf(instance);
    if (request.cookie(cookie) === value) return "";
    const age = maxAgeMs > 0 ? `; Max-Age=${Math.max(1, Math.floor(maxAgeMs / 1000))}` : "";
    return `Set-Cookie: ${cookie}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}\r\n`;
  }

  #valueOf(instance: Instance): string {
    const known = this.#values.get(instance);
    if (known !== undefined) return known;
    const value = createHmac("sha256", this.#secret).update(instance.name).digest("base64url").slice(0, 22);
    this.#values.set(instance, value);
    this.#names.set(value, instance.name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > mostInstances && oldest !== undefined) this.#names.delete(oldest);
    return value;
  }
}
