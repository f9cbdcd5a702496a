import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The app of all functions. */
export const chaosAppFile: string = fileURLToPath(new URL("../apps/chaos.js", import.meta.url));

/** How the functions run: `scaling` and `concurrency` as in `tidegate.yaml`. */
const shapes = {
  /** Kept warm. */
  steady: { concurrency: 20, scaling: { min: 1, max: 3, idle: "2s" } },
  /** Many requests in each instance. */
  broad: { concurrency: 50, scaling: { min: 0, max: 3, idle: "2s" } },
  /** Few requests in each, so that they queue. */
  narrow: { concurrency: 2, scaling: { min: 0, max: 3, idle: "1500ms" } },
  /** Comes from zero again and again. */
  cold: { concurrency: 10, scaling: { min: 0, max: 2, idle: "300ms" } },
  /** Is always at zero, but for the faults that need a start: one that lasts long enough to be met, so it is not forked. */
  spare: { start: "process", concurrency: 10, scaling: { min: 0, max: 1, idle: "300ms" } },
  /** Has one instance and nothing to do, but for the faults that need a frozen instance. */
  resting: { concurrency: 10, scaling: { min: 1, max: 2, idle: "1s" } },
} as const;

export type ChaosFunction = keyof typeof shapes;

/** All functions that are served. */
export const chaosFunctions: readonly ChaosFunction[] = Object.keys(shapes) as ChaosFunction[];

/** Those that get the load, as often as their part of it. */
export const loadedFunctions: readonly ChaosFunction[] = (
  [
    ["steady", 8],
    ["broad", 8],
    ["narrow", 5],
    ["cold", 1],
  ] as const
).flatMap(([name, parts]) => Array.from({ length: parts }, () => name));

/** Those that keep an instance also without requests. */
export const keptFunctions: readonly string[] = ["steady", "resting"];

/** What may be changed of the configuration while it is served. */
export interface ConfigChange {
  /** A function whose entry ends at once, so that it cannot start. */
  readonly broken?: ChaosFunction;
  /** Tells one configuration from another: in the environment of a function, and by one function more or less. */
  readonly round?: number;
}

/** Whether one more function is served in a round: it comes and goes. */
export function hasGuest(round: number): boolean {
  return round % 2 === 1;
}

/** Writes the `tidegate.yaml` of a run into its folder, as JSON, which is YAML; returns its path. */
export function writeChaosConfig(dir: string, { broken, round = 0 }: ConfigChange = {}): string {
  const brokenFile = join(dir, "broken.js");
  writeFileSync(brokenFile, "process.exit(1);\n");
  const common = (name: string): object => ({
    entry: name === broken ? brokenFile : chaosAppFile,
    routes: [`/${name}`],
    timeout: "20s",
  });
  const functions = {
    ...Object.fromEntries(chaosFunctions.map((name) => [name, { ...common(name), ...shapes[name] }])),
    broad: { ...common("broad"), ...shapes.broad, env: { ROUND: String(round) } },
    ...(hasGuest(round) && { guest: common("guest") }),
  };
  const file = join(dir, "tidegate.yaml");
  writeFileSync(file, JSON.stringify({ gateway: { port: 0, hostname: "127.0.0.1" }, functions }, null, 2));
  return file;
}
