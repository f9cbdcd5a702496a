import { TidegateError } from "@tidegate/core";
import { type FunctionOptions, type HostOptions, tryTemplate } from "@tidegate/host";
import { describeError } from "../describe-error.ts";
import { exitCode, exitCodeOf } from "../errors.ts";
import type { Io } from "../io.ts";
import type { ExplainedFunction } from "./explanation.ts";

/** What came of trying apps. */
export interface TriedApps {
  readonly tried: readonly ExplainedFunction[];
  /** 0; that of the first error when one of them does not start; 130 when a signal ended it. */
  readonly code: number;
}

/**
 * Tries how the functions of a target start, one after another: builds a template, forks instances, starts a plain process,
 * ends all. Apps that do not start are told of on standard error.
 */
export async function tryApp({ functions, port }: HostOptions, io: Io): Promise<TriedApps> {
  const ending = new AbortController();
  const release = io.onSignal(() => ending.abort());
  const tried: ExplainedFunction[] = [];
  let code = exitCode.ok;
  try {
    for (const fn of functions) {
      const result = await tryFunction(fn, port, ending.signal, io.cwd);
      if (ending.signal.aborted) return { tried, code: exitCode.interrupted };
      if (!(result instanceof TidegateError)) {
        tried.push(result);
        continue;
      }
      io.stderr.write(describeError(result));
      if (code === exitCode.ok) code = exitCodeOf(result);
    }
  } finally {
    release();
  }
  return { tried, code };
}

async function tryFunction(
  fn: FunctionOptions,
  publicPort: number | undefined,
  signal: AbortSignal,
  cwd: string,
): Promise<ExplainedFunction | TidegateError> {
  const { name, entry, start = "auto", warmUp = [] } = fn;
  try {
    const { template, processMs } = await tryTemplate(fn, {
      ...(publicPort === undefined ? {} : { publicPort }),
      signal,
    });
    const folders = [cwd, ...(fn.cwd === undefined ? [] : [fn.cwd])];
    const known = { name, revision: template.revision, host: null, kind: entry.kind, start, warmUp };
    return { ...known, template, processMs, folders };
  } catch (error) {
    if (error instanceof TidegateError) return error;
    throw error;
  }
}
