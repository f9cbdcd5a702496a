/** Keeps the requests of one client on one instance, by a cookie that the gateway sets and reads. */
export interface Affinity {
  /** Name of the cookie. */
  readonly cookie: string;
  /** How long the cookie lasts, in milliseconds; 0: until the browser closes. */
  readonly maxAgeMs: number;
}

/** What an affinity that says nothing gets. */
export const affinityDefaults: Affinity = { cookie: "tidegate-instance", maxAgeMs: 0 };
