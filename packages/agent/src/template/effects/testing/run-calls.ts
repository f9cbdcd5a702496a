/**
 * Makes every call of the tables under hooks that stop it, and tells as JSON which effect each was, by the name of the
 * function.
 */
import { open } from "node:fs/promises";
import { ExpectedWarnings } from "../expected-warnings.ts";
import { installEffects } from "../install-effects.ts";
import type { ReachedEffect } from "../reached-effect.ts";
import { effectTable } from "../table/effect-table.ts";
import { findHolder } from "../watched-holders.ts";
import { type EffectCalls, fileCalls, networkCalls, processCalls, randomCalls } from "./effect-calls.ts";

/** What a hook throws, so that nothing happens. */
class Stopped extends Error {
  readonly reached: ReachedEffect;

  constructor(reached: ReachedEffect) {
    super(reached.effect);
    this.reached = reached;
  }
}

const tables = [...fileCalls, ...networkCalls, ...processCalls, ...randomCalls];
const selves = new Map(tables.map((table) => [table, table.self?.()]));

installEffects({
  onEffect: (reached) => {
    throw new Stopped(reached);
  },
});

const handle = await open(import.meta.filename);
const results: Record<string, string> = {};
for (const table of tables) {
  const holder =
    table.of === "FileHandle" ? Object.getPrototypeOf(handle) : findHolder(table.of, new ExpectedWarnings());
  if (holder === null) continue;
  for (const [name, args] of Object.entries(table.calls))
    if (has(holder, name)) results[`${table.effect}: ${table.of} ${name}`] = outcome(holder, name, args, table);
}
const missing = effectTable.flatMap(({ effect, of, names }) => {
  const holder = of === "FileHandle" ? Object.getPrototypeOf(handle) : findHolder(of, new ExpectedWarnings());
  const keys = names.filter((name) => holder !== null && has(holder, name)).map((name) => `${effect}: ${of} ${name}`);
  return keys.filter((key) => !(key in results));
});
await handle.close();
console.log(JSON.stringify({ results, missing }));

/** Some functions are there on other systems only, as undefined properties. */
function has(holder: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(holder, name);
  return property !== undefined && (property.get !== undefined || property.value !== undefined);
}

function outcome(holder: object, name: string, args: readonly unknown[], table: EffectCalls): string {
  const self = table.of === "FileHandle" ? handle : (selves.get(table) ?? holder);
  try {
    // A property is an effect when it is read.
    const called = Reflect.get(holder, name, self) as CallableFunction;
    if (/^[A-Z]/.test(name)) Reflect.construct(called, args);
    else if (name === "stdin" || name === "pid") return "nothing";
    else Reflect.apply(called, self, args);
    return "nothing";
  } catch (error) {
    return error instanceof Stopped ? error.reached.effect : `threw ${String(error)}`;
  }
}
