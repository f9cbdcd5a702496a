import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import {
  createShape,
  type ShapeName,
  type SimulatedInvocation,
  shapes,
  TidegateError,
  type Trace,
  TraceReader,
  traceInvocations,
} from "@tidegate/core";
import { closest } from "@tidegate/host";
import { usageError } from "../errors.ts";

/** Invocations of one function, which can be gone through more than once. */
export interface FunctionTraffic {
  readonly name: string;
  invocations(): Iterable<SimulatedInvocation>;
}

/** What is simulated. */
export interface TrafficSource {
  /** What it is called in headings. */
  readonly title: string;
  readonly functions: readonly FunctionTraffic[];
  /** From the first arrival to the last, in milliseconds; of a shape its length. */
  readonly durationMs: number;
  /** Invocations of the trace that never reached an instance. */
  readonly unserved: number;
}

/** Characters read at once. */
const pieceBytes = 256 * 1024;

/**
 * Reads a trace.
 *
 * @param file relative to `cwd`; messages show it as it is given here
 * @throws TIDEGATE_TRACE_NOT_FOUND, TIDEGATE_TRACE_INVALID
 */
export async function readTrace(file: string, cwd: string): Promise<TrafficSource> {
  const { functions, durationMs, unserved } = await parseFile(file, cwd);
  return {
    title: file,
    functions: functions.map((fn) => ({ name: fn.name, invocations: () => traceInvocations(fn) })),
    durationMs,
    unserved,
  };
}

/** Makes traffic of a shape. */
export function shapeTraffic(name: ShapeName, seed: number, scale: number, serviceMs: number): TrafficSource {
  return {
    title: name,
    functions: [{ name, invocations: () => createShape(name, { seed, scale, serviceMs }) }],
    durationMs: shapes[name].durationMs,
    unserved: 0,
  };
}

/**
 * Only the functions of this name, or whose names alone begin with it: those of public traces are long.
 *
 * @throws TIDEGATE_USAGE when there is none, or more than one
 */
export function onlyFunction(source: TrafficSource, name: string): TrafficSource {
  const names = source.functions.map((fn) => fn.name);
  const exact = source.functions.filter((fn) => fn.name === name);
  const found = exact.length > 0 ? exact : source.functions.filter((fn) => fn.name.startsWith(name));
  if (found.length === 1) return { ...source, functions: found };
  const text = JSON.stringify(name);
  if (found.length > 1) {
    throw usageError(`Cannot choose function ${text}: the names of ${found.length} functions begin with it`);
  }
  const meant = closest(name, names);
  const hint = meant === null ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  throw usageError(`Cannot choose function ${text}: the trace has none of this name${hint}`);
}

async function parseFile(file: string, cwd: string): Promise<Trace> {
  const reader = new TraceReader(file);
  try {
    const pieces = createReadStream(resolve(cwd, file), { encoding: "utf8", highWaterMark: pieceBytes });
    for await (const piece of pieces as AsyncIterable<string>) reader.push(piece);
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const state = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new TidegateError("TIDEGATE_TRACE_NOT_FOUND", `Cannot read trace ${JSON.stringify(file)}: ${state}`, {
      cause,
    });
  }
  return reader.end();
}
