import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CodePlace } from "@tidegate/core";
import { packageOf, pathInPackage } from "./package-of.ts";

/** Where the code that runs now comes from. */
export interface Location {
  /** The nearest line of the app's own code, else of any but Node's. */
  readonly place: CodePlace | null;
  /** Package in `node_modules` whose code is the nearest; null for the app itself. */
  readonly via: string | null;
  /** File that calls, or `node:...` for code of Node, or what code without a file is called; null when nothing does. */
  readonly caller: string | null;
}

/** More frames than an app's stack has where anything in it still tells something. */
const frameLimit = 200;

// Kept before an app has its own.
const { captureStackTrace } = Error;

const ownFolder = dirname(fileOf(callSites()[0]) ?? "");

/** Finds the app's code on the stack; frames of our own do not count. */
export function locate(): Location {
  let caller: string | null = null;
  let nearest: CodePlace | null = null;
  for (const site of callSites()) {
    const file = fileOf(site);
    if (file !== null && (isOwn(file) || isPassage(file))) continue;
    caller ??= file ?? nameWithoutFile(site);
    if (file === null || file.startsWith("node:")) continue;
    const place = { file, line: site.getLineNumber() ?? 1, column: site.getColumnNumber() ?? 1 };
    nearest ??= place;
    if (packageOf(file) === null) return { place, via: packageOf(nearest.file), caller };
  }
  return { place: nearest, via: nearest === null ? null : packageOf(nearest.file), caller };
}

/** The stack as V8 has it: an app's own `prepareStackTrace` and limit have no say, and stay as they are. */
function callSites(): NodeJS.CallSite[] {
  const limit = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    define("stackTraceLimit", { value: frameLimit });
    define("prepareStackTrace", { value: (_error: unknown, sites: NodeJS.CallSite[]) => sites });
    const holder: { stack?: unknown } = {};
    captureStackTrace(holder, callSites);
    // Read before the app's own way to prepare is back: V8 asks for it at the first read.
    return Array.isArray(holder.stack) ? (holder.stack as NodeJS.CallSite[]) : [];
  } catch {
    return []; // `Error` is frozen: the place stays unknown.
  } finally {
    putBack("stackTraceLimit", limit);
    putBack("prepareStackTrace", prepare);
  }
}

function define(name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(Error, name, { writable: true, enumerable: true, configurable: true, ...descriptor });
}

function putBack(name: string, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor !== undefined) Reflect.defineProperty(Error, name, descriptor);
  else Reflect.deleteProperty(Error, name);
}

function fileOf(site: NodeJS.CallSite | undefined): string | null {
  const name = site?.getFileName() ?? null;
  if (name === null) return null;
  if (name.startsWith("file://")) return fileURLToPath(name);
  return name.startsWith("/") || name.startsWith("node:") ? name : null;
}

/** Code given to `eval`, `new Function` or `node -e`; null for what V8 brings itself, such as `Array.from`. */
function nameWithoutFile(site: NodeJS.CallSite): string | null {
  return site.getFileName() ?? (site.isEval() ? "eval" : null);
}

function isOwn(file: string): boolean {
  return dirname(file) === ownFolder;
}

/** Next puts functions of its own around Node's random ones; who calls those is who draws. */
function isPassage(file: string): boolean {
  return packageOf(file) === "next" && (pathInPackage(file) ?? "").includes("/node-environment-extensions/");
}
