import { type ExplainedFunction, explain } from "./explanation.ts";

/** Explanations for programs: what is known, and the same advice as people get. */
export function explanationJson(functions: readonly ExplainedFunction[]): string {
  const told = functions.map((fn) => {
    const { name, revision, host, start, template, processMs } = fn;
    return { function: name, revision, host, start, template, processMs, advice: explain(fn).advice };
  });
  return `${JSON.stringify(told, null, 2)}\n`;
}
