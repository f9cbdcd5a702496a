import { note } from "./notes.ts";
import { packageOf, pathInPackage } from "./package-of.ts";

/** A package whose code draws or reads something at load that all its instances may share. */
interface HarmlessCaller {
  readonly package: string;
  /** Its files, within the package; all when left out. */
  readonly files?: RegExp;
  /** So often a file of it does so while it is loaded; what it draws after that is for others. Default: always. */
  readonly times?: number;
  /** What it does with it. */
  readonly use: string;
}

// Not "uid", though Nest needs it for names of its own only: it draws ahead for whoever calls next, and Nest's
// `randomStringGenerator` gives apps the rest.
const drawing: readonly HarmlessCaller[] = [
  { package: "react", use: "names of its own properties" },
  { package: "react-dom", use: "names of its own properties" },
  { package: "scheduler", use: "names of its own properties" },
  { package: "next", files: /^dist\/compiled\/(react|react-dom|scheduler)[^/]*\//, use: "names of its own properties" },
  { package: "preact", use: "names of its own properties" },
  { package: "styled-jsx", use: "names of its own properties" },
  { package: "styled-components", use: "names of its own properties" },
  { package: "core-js", use: "names of its own properties" },
  { package: "core-js-pure", use: "names of its own properties" },
  { package: "jquery", use: "names of its own properties" },
  // Every ObjectId holds five random bytes as well, which are drawn for the first one.
  { package: "bson", files: /^(lib|dist)\//, use: "the start of a counter in ids that have random bytes besides" },
  { package: "shell-quote", use: "a mark within a text" },
  { package: "brace-expansion", use: "a mark within a text" },
  { package: "balanced-match", use: "a mark within a text" },
  // They bring brace-expansion with them.
  { package: "glob", use: "a mark within a text" },
  { package: "minimatch", use: "a mark within a text" },
  { package: "bignumber.js", times: 1, use: "a look at how many bits it has" },
  { package: "axios", use: "a mark of its own messages" },
  { package: "avvio", use: "labels of its start" },
  { package: "@grpc/grpc-js", use: "which connections it prefers" },
  { package: "reflect-metadata", use: "names of its own properties" },
];

const drawingBytes: readonly HarmlessCaller[] = [
  // Nothing traces where an app is served.
  { package: "next", files: /^dist\/(esm\/)?trace\/shared\.js$/, use: "the id of traces of a build" },
];

const readingProcessId: readonly HarmlessCaller[] = [
  { package: "pino", use: "its log lines name the template's process" },
  { package: "winston", use: "its log lines name the template's process" },
  { package: "log4js", use: "its log lines name the template's process" },
  { package: "signal-exit", use: "it signals itself when it ends" },
  { package: "@nestjs/common", use: "log lines of the start name the template's process" },
  {
    package: "next",
    files: /^dist\/(esm\/)?(server\/config|lib\/memory\/startup)\.js$/,
    use: "a key of a cache in memory",
  },
];

/** Whether a file may draw from `Math.random` at load for all instances at once. */
export function drawsHarmlessly(caller: string | null): boolean {
  return isNode(caller) || isHarmless(caller, drawing, "drew Math.random at load, the same for all instances");
}

/** Whether a file may draw random bytes at load for all instances at once. */
export function drawsBytesHarmlessly(caller: string | null): boolean {
  return isHarmless(caller, drawingBytes, "drew random bytes at load, the same for all instances");
}

/** Where Node reads all properties of a module for the ES modules that import it. */
const exporter = "node:internal/bootstrap/realm";

let isExported = false;

/** Whether an ES module has imported "node:process", and with it a `pid` that only `syncBuiltinESMExports` renews. */
export function isProcessIdExported(): boolean {
  return isExported;
}

/** Whether a file may read the template's process id at load. */
export function readsProcessIdHarmlessly(caller: string | null): boolean {
  isExported ||= caller === exporter;
  return isNode(caller) || isHarmless(caller, readingProcessId, "read its process id at load");
}

/** Whether Node itself calls: its warnings name the process, and it reads all properties of a module for who imports it. */
export function isNode(caller: string | null): boolean {
  return caller?.startsWith("node:") === true;
}

function isHarmless(caller: string | null, table: readonly HarmlessCaller[], did: string): boolean {
  const name = caller === null ? null : packageOf(caller);
  if (caller === null || name === null) return false;
  const path = pathInPackage(caller) ?? "";
  const found = table.find((entry) => entry.package === name && (entry.files ?? /^/).test(path));
  if (found === undefined || !isWithin(found, caller)) return false;
  note(`${name} ${did}: ${found.use}`);
  return true;
}

/** How often each file has done what only counts so often. */
const counted = new Map<string, number>();

function isWithin({ times }: HarmlessCaller, caller: string): boolean {
  if (times === undefined) return true;
  const count = (counted.get(caller) ?? 0) + 1;
  counted.set(caller, count);
  return count <= times;
}
