import type { FunctionInfo, HostReport } from "@tidegate/host";
import type { ExplainedFunction } from "./explanation.ts";

/**
 * What running hosts tell of their functions.
 *
 * @param reports of all hosts that are meant
 * @param cwd folder that files are named relative to, where they lie in it; else it is the function's own
 */
export function servedFunctions(reports: readonly HostReport[], cwd: string): ExplainedFunction[] {
  return reports
    .filter((report) => report.ok)
    .flatMap(({ host: { url, pid }, functions }) => functions.map((fn) => servedFunction(fn, { url, pid }, cwd)));
}

function servedFunction(
  { name, revision, config, template }: FunctionInfo,
  host: NonNullable<ExplainedFunction["host"]>,
  cwd: string,
): ExplainedFunction {
  const { entry, start = "auto", warmUp = [] } = config;
  return {
    name,
    revision,
    host,
    kind: entry.kind,
    start,
    warmUp,
    template,
    processMs: null,
    folders: [cwd, config.cwd],
  };
}
