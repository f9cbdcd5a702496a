/** Compares Node's functions before, while and after effects are looked for, and tells the differences as JSON. */
import { constants } from "node:fs";
import { ExpectedWarnings } from "../expected-warnings.ts";
import { installEffects } from "../install-effects.ts";
import { effectTable } from "../table/effect-table.ts";
import { findHolder, rowsByHolder } from "../watched-holders.ts";

type Properties = Record<PropertyKey, PropertyDescriptor>;

const holders = new Map<string, object>([
  ["Math", Math],
  ["Error", Error],
  ["Function.prototype", Function.prototype],
]);
for (const of of rowsByHolder(effectTable).keys()) {
  const holder = of === "FileHandle" ? null : findHolder(of, new ExpectedWarnings());
  if (holder !== null) holders.set(of, holder);
}
const propertiesOf = (holder: object): Properties => Object.getOwnPropertyDescriptors(holder) as Properties;
// Looking at the global object makes Node load the modules behind some of its properties, which add more.
propertiesOf(globalThis);
const before = new Map([...holders].map(([of, holder]) => [of, propertiesOf(holder)]));
const textsBefore = new Map(functionsOf().map(([name, value]) => [name, looksOf(value)]));

const reached: string[] = [];
const effects = installEffects({ onEffect: ({ effect }) => void reached.push(effect) });
const differentWhile = functionsOf().filter(
  ([name, value]) => textsBefore.has(name) && textsBefore.get(name) !== looksOf(value),
);
const replaced = [...holders].flatMap(([of, holder]) => changesOf(of, holder));
const kept = { random: Math.random, open: (await import("node:fs")).openSync, Function: Function.prototype.toString };

effects.restore();
effects.restore();
const differentAfter = [...holders].flatMap(([of, holder]) => changesOf(of, holder));
kept.random();
kept.open("/dev/null", constants.O_WRONLY);
const imported = await import("node:fs");

console.log(
  JSON.stringify({
    replaced: replaced.length,
    differentWhile: differentWhile.map(([name]) => name),
    differentAfter,
    reached,
    isImportedRestored: imported.openSync === before.get("node:fs")?.openSync?.value && imported.openSync !== kept.open,
  }),
);

function functionsOf(): [string, CallableFunction][] {
  return [...holders].flatMap(([of, holder]) =>
    Object.entries(propertiesOf(holder)).flatMap(([name, { value, get }]): [string, CallableFunction][] => {
      const found: unknown = get ?? value;
      return typeof found === "function" ? [[`${of} ${name}`, found]] : [];
    }),
  );
}

/** All that a library can see of a function. */
function looksOf(value: CallableFunction): string {
  const own = Object.getOwnPropertyDescriptors(value) as Properties;
  const properties = Reflect.ownKeys(own).map((key) => {
    const { value: held, ...flags } = own[key] ?? {};
    return [String(key), typeof held === "function" ? "function" : held?.constructor?.name, flags];
  });
  const text = Function.prototype.toString.call(value);
  const proto = Object.prototype.toString.call(value);
  const name = `${value.name} ${value.length}`;
  return JSON.stringify([name, text, proto, properties.map(String).sort(), properties]);
}

function changesOf(of: string, holder: object): string[] {
  const now = propertiesOf(holder);
  const then = before.get(of) ?? {};
  const keys = new Set([...Reflect.ownKeys(now), ...Reflect.ownKeys(then)]);
  return [...keys].filter((key) => !isSame(now[key], then[key])).map((key) => `${of} ${String(key)}`);
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  return (["value", "get", "set", "writable", "enumerable", "configurable"] as const).every((part) =>
    Object.is(one?.[part], other?.[part]),
  );
}
