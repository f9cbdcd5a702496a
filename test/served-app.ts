import { fileURLToPath } from "node:url";
import type { InvocationRecord } from "@tidegate/core";
import { createHost, type FunctionOptions, type Host, type HostEvent, type HostOptions } from "@tidegate/host";

/** A host under test, and what it told. */
export interface Served {
  readonly host: Host;
  readonly url: string;
  readonly events: HostEvent[];
  readonly records: InvocationRecord[];
  /** Resolves with the first event, past or to come, that matches. */
  event<Type extends HostEvent["type"]>(
    type: Type,
    matches?: (event: Extract<HostEvent, { type: Type }>) => boolean,
  ): Promise<Extract<HostEvent, { type: Type }>>;
  /** Resolves with the record of the request with this target. */
  record(target: string): Promise<InvocationRecord>;
  stop(): Promise<void>;
}

/** Absolute path of a file in `test/fixtures`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Starts a host with one function on a free port. */
export async function serveApp(
  entry: string | FunctionOptions["entry"],
  options: Partial<FunctionOptions> = {},
  hostOptions: Partial<HostOptions> = {},
): Promise<Served> {
  const events: HostEvent[] = [];
  const records: InvocationRecord[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  const host = createHost({
    port: 0,
    functions: [
      { name: "app", entry: typeof entry === "string" ? { kind: "node", file: fixture(entry) } : entry, ...options },
    ],
    onEvent: (event) => {
      events.push(event);
      changed();
    },
    onInvocation: (record) => {
      records.push(record);
      changed();
    },
    ...hostOptions,
  });
  await host.start();
  const find = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const watch = (): void => {
        const found = look();
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  return {
    host,
    url: host.url,
    events,
    records,
    event: (type, matches = () => true) =>
      find(() =>
        events.find(
          (event): event is Extract<HostEvent, { type: typeof type }> => event.type === type && matches(event as never),
        ),
      ),
    record: (target) => find(() => records.find((record) => record.target === target)),
    stop: () => host.stop(),
  };
}
