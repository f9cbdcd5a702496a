import type { InvocationRecord } from "@tidegate/core";
import type { HostEvent } from "@tidegate/host";
import { type Logger, pino } from "pino";
import type { Output } from "../io.ts";
import { notices } from "./notices.ts";
import type { Reporter } from "./reporter.ts";

export interface JsonReporterOptions {
  /** Log every request. */
  readonly logRequests: boolean;
  /** Names of the functions served. */
  readonly functions: readonly string[];
}

/** Reports as JSON, one object a line: `level`, `time`, the event's fields and `msg`. */
export function createJsonReporter(output: Output, { logRequests, functions }: JsonReporterOptions): Reporter {
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line: string) => void output.write(line) },
  );
  let isStopping = false;
  return {
    attach: () => {},
    onEvent: (event) => logEvent(logger, event, functions),
    onInvocation: logRequests ? (record) => logInvocation(logger, record) : null,
    note: (message) => logger.info({ type: "note" }, message),
    onStopping: () => {
      isStopping = true;
      logger.info({ type: "stopping" }, "Stopping: running requests may finish");
    },
    close: () => {
      // A host that could not start tells so itself.
      if (isStopping) logger.info({ type: "stopped" }, "Stopped");
    },
  };
}

function logEvent(logger: Logger, event: HostEvent, functions: readonly string[]): void {
  switch (event.type) {
    case "listening":
      logger.info(event, `Serving ${functions.join(", ")} at ${event.url} with 0 instances`);
      break;
    case "instance": {
      const level = event.state === "failed" ? "error" : "info";
      logger[level](event, `${event.instance} ${event.state}${event.reason === null ? "" : `: ${event.reason}`}`);
      break;
    }
    case "scale":
      logger.info(event, `${event.function} from ${event.from} to ${event.desired} instances: ${event.reason}`);
      break;
    case "output": {
      const { line, ...fields } = event;
      logger.info(fields, line);
      break;
    }
    case "problem": {
      const { message, ...fields } = event;
      logger[notices.has(event.code) ? "warn" : "error"](fields, message);
      break;
    }
  }
}

function logInvocation(logger: Logger, record: InvocationRecord): void {
  const { method, target, status } = record;
  logger.info({ type: "request", ...record }, `${method} ${target} ${status}`);
}
