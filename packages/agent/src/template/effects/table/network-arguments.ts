import { isIP } from "node:net";

const isAddress = isIP;

type Arguments = readonly unknown[];

interface Target {
  readonly path?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly address?: unknown;
}

/** Words for what `connect(options)`, `connect(port, host)` or `connect(path)` connect to. */
export function targetWords([first, second]: Arguments): string | null {
  // Node's own clients pass what they have made of their arguments, as an array.
  const target = Array.isArray(first) ? (first[0] as unknown) : first;
  if (typeof target === "object" && target !== null) return optionWords(target as Target);
  if (typeof target === "string" && !/^\d+$/.test(target)) return target;
  if (target === undefined) return null;
  return `${typeof second === "string" ? second : "localhost"}:${String(target)}`;
}

function optionWords({ path, host, port, address }: Target): string | null {
  if (typeof path === "string" && path !== "") return path;
  if (port === undefined) return null;
  return `${String(host ?? address ?? "localhost")}:${String(port)}`;
}

/** Whether a request leaves the process: `data:` and `blob:` addresses are answered within. */
export function leavesProcess([resource]: Arguments): boolean {
  return !/^(data|blob):/i.test(addressOf(resource) ?? "");
}

export function addressWords([resource]: Arguments): string | null {
  const address = addressOf(resource);
  // Without the query: a fork point is shown to whoever may see the host's functions.
  return address === null ? null : address.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//");
}

function addressOf(resource: unknown): string | null {
  if (typeof resource === "string") return resource;
  if (resource instanceof URL) return resource.href;
  const { url } = (resource ?? {}) as { url?: unknown };
  return typeof url === "string" ? url : null;
}

/** Whether a host has to be looked up; an address has not. */
export function isName([host]: Arguments): boolean {
  return typeof host !== "string" || isAddress(host) === 0;
}

export function firstText([text]: Arguments): string | null {
  return typeof text === "string" ? text : null;
}

/** Whether a socket is made of a descriptor that is neither standard output nor /dev/null. */
export function opensDescriptor([options]: Arguments): boolean {
  const { fd } = (options ?? {}) as { fd?: unknown };
  return typeof fd === "number" && fd !== 1 && fd !== 2;
}

export function descriptorWords([options]: Arguments): string | null {
  return `descriptor ${String((options as { fd: unknown }).fd)}`;
}

export function isInputDescriptor([descriptor]: Arguments): boolean {
  return descriptor !== 1 && descriptor !== 2;
}
