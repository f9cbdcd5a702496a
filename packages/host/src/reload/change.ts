import { isDeepStrictEqual } from "node:util";
import type { FunctionOptions, HostOptions } from "../host-options.ts";

/** One thing that differs after `Host.apply`. */
export type Change =
  | {
      readonly kind: "function";
      readonly name: string;
      /** "revision": a new one serves; "adjusted": what the gateway heeds changed, its instances are the same. */
      readonly action: "added" | "removed" | "revision" | "adjusted";
      /** That which serves now; null for one that was removed. */
      readonly revision: string | null;
    }
  | {
      readonly kind: "setting";
      /** Name of the option, such as "port". */
      readonly name: string;
      /** "upgrade": it is what a host starts with, so `tidegate upgrade` applies it. */
      readonly action: "applied" | "upgrade";
    };

/**
 * What the gateway alone heeds: none of it reaches an instance, so that those there are go on with it. All else makes a
 * new revision.
 */
const heededByGateway = [
  "routes",
  "scaling",
  "queueLimit",
  "queueTimeoutMs",
  "maxBodyBytes",
  "maxHeaderBytes",
  "rateLimit",
  "affinity",
  "breaker",
] as const satisfies readonly (keyof FunctionOptions)[];

/** How a function differs from before: not at all, in what the gateway heeds, or so that it needs new instances. */
export function differenceOf(before: FunctionOptions, after: FunctionOptions): "none" | "adjusted" | "revision" {
  if (isDeepStrictEqual(before, after)) return "none";
  return isDeepStrictEqual(forInstances(before), forInstances(after)) ? "adjusted" : "revision";
}

function forInstances(options: FunctionOptions): Partial<FunctionOptions> {
  const own: Partial<Record<keyof FunctionOptions, unknown>> = { ...options };
  for (const name of heededByGateway) delete own[name];
  return own as Partial<FunctionOptions>;
}

/** Options that are no settings of the host's. */
const noSettings: ReadonlySet<string> = new Set(["functions", "onEvent", "onInvocation", "takeover"]);

/**
 * Settings that differ.
 *
 * @param live names of those that apply while the host serves
 */
export function settingChanges(before: HostOptions, after: HostOptions, live: ReadonlySet<string>): Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)].filter((name) => !noSettings.has(name)));
  return [...names]
    .filter((name) => !isDeepStrictEqual(before[name as keyof HostOptions], after[name as keyof HostOptions]))
    .sort()
    .map((name) => ({ kind: "setting", name, action: live.has(name) ? "applied" : "upgrade" }));
}

/** Options as they are in force after changes: what only a new host takes stays, and so do those who are told of events. */
export function appliedOptions(before: HostOptions, after: HostOptions, changes: readonly Change[]): HostOptions {
  const kept = changes.filter(({ kind, action }) => kind === "setting" && action === "upgrade").map(({ name }) => name);
  const applied: Record<string, unknown> = { ...after };
  for (const name of [...noSettings, ...kept]) {
    const value = before[name as keyof HostOptions];
    if (value === undefined) delete applied[name];
    else applied[name] = value;
  }
  return { ...(applied as unknown as HostOptions), functions: after.functions };
}
