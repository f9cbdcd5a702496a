import type { FunctionOptions, Host, HostEvent } from "@tidegate/host";
import type { Io } from "../io.ts";
import type { Reporter } from "../output/reporter.ts";
import { createTextReporter } from "../output/text-reporter.ts";
import { functionFolder } from "./function-folder.ts";
import { handInspectorOn } from "./inspector.ts";
import { createInstanceOutput } from "./instance-output.ts";
import { explainLoadFailure } from "./load-failure.ts";

/** Problems that an app's own code causes: shown with the line of source. */
const appProblems: ReadonlySet<string> = new Set([
  "TIDEGATE_INSTANCE_EXITED",
  "TIDEGATE_INSTANCE_START_TIMEOUT",
  "TIDEGATE_INSTANCE_LOST",
]);

/** What Node says while the old revision has the inspector's port: `handInspectorOn` sees to that. */
const inspectorTaken = /^Starting inspector on .+ failed: address already in use$/;

/**
 * Makes the reporter of `tidegate dev`: text with every request, and failures of the app with their line of source.
 *
 * @param functions the functions, as they were read last
 * @param isInspected whether an instance is debugged
 */
export function createDevReporter(io: Io, functions: () => readonly FunctionOptions[], isInspected: boolean): Reporter {
  const text = createTextReporter(io, {
    functions: functions().map(({ name }) => name),
    isLive: io.stdout.isTTY === true,
    logRequests: true,
  });
  const output = createInstanceOutput();
  let host: Host | null = null;
  const explain = (functionName: string): void => {
    const fn = functions().find(({ name }) => name === functionName);
    if (fn === undefined) return;
    for (const line of explainLoadFailure(output.of(functionName), functionFolder(fn), io.cwd)) text.note(line);
  };
  return {
    ...text,
    attach: (given) => {
      host = given;
      text.attach(given);
    },
    onEvent: (event: HostEvent) => {
      output.onEvent(event);
      if (isInspected && event.type === "output" && inspectorTaken.test(event.line)) return;
      text.onEvent(event);
      if (isInspected && host !== null) handInspectorOn(event, host);
      if (event.type === "problem" && event.function !== null && appProblems.has(event.code)) explain(event.function);
    },
  };
}
