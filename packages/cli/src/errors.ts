import { TidegateError } from "@tidegate/core";

/** Exit codes of the command. */
export const exitCode: Readonly<Record<"ok" | "failed" | "usage" | "interrupted", number>> = {
  /** It did what was asked; after Ctrl-C or SIGTERM: all requests ended well. */
  ok: 0,
  /** It could not do it. */
  failed: 1,
  /** It was asked wrongly: command line or configuration. */
  usage: 2,
  /** Ended at once by a second Ctrl-C, with requests cut off. */
  interrupted: 130,
};

export interface CliErrorEntry {
  readonly exitCode: number;
  readonly title: string;
  readonly fix: string;
}

/** Stable codes of the command line. */
export type CliErrorCode =
  | "TIDEGATE_USAGE"
  | "TIDEGATE_FILE_EXISTS"
  | "TIDEGATE_APP_UNKNOWN"
  | "TIDEGATE_RECORD_FAILED"
  | "TIDEGATE_TRACE_NOT_FOUND"
  | "TIDEGATE_TRACE_INVALID";

/** Errors of the command line, by stable code. `docs/errors.md` explains each. */
export const cliErrors: Readonly<Record<CliErrorCode, CliErrorEntry>> = {
  TIDEGATE_USAGE: {
    exitCode: exitCode.usage,
    title: "The command line is not understood",
    fix: "Run `tidegate --help`, or `tidegate COMMAND --help` for the options of one command.",
  },
  TIDEGATE_FILE_EXISTS: {
    exitCode: exitCode.failed,
    title: "A file would be overwritten",
    fix: "Look at the file that is there; --force overwrites it.",
  },
  TIDEGATE_APP_UNKNOWN: {
    exitCode: exitCode.failed,
    title: "No app was found in the folder",
    fix: "Name the entry: `tidegate serve FILE`, or `tidegate serve -- COMMAND` for other languages.",
  },
  TIDEGATE_RECORD_FAILED: {
    exitCode: exitCode.failed,
    title: "Invocations cannot be recorded",
    fix: "Look at the reason in the message, such as a full disk; the host serves on, without recording until it is started again.",
  },
  TIDEGATE_TRACE_NOT_FOUND: {
    exitCode: exitCode.usage,
    title: "The trace cannot be opened",
    fix: "Name a file that exists and may be read.",
  },
  TIDEGATE_TRACE_INVALID: {
    exitCode: exitCode.usage,
    title: "The trace is malformed",
    fix: "Mend the line named in the message; the guide says what a trace looks like.",
  },
};

/** Codes of the host that blame the command line or the configuration. */
const usageCodes: ReadonlySet<string> = new Set([
  "TIDEGATE_ENTRY_NOT_FOUND",
  "TIDEGATE_CONFIG_NOT_FOUND",
  "TIDEGATE_CONFIG_INVALID",
  "TIDEGATE_HOST_NOT_FOUND",
]);

/** Makes the error of a wrong command line. */
export function usageError(message: string): TidegateError {
  return new TidegateError("TIDEGATE_USAGE", message);
}

/** The exit code that tells of an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TidegateError)) return exitCode.failed;
  if (usageCodes.has(error.code)) return exitCode.usage;
  return cliEntry(error.code)?.exitCode ?? exitCode.failed;
}

/** The command's own entry of a code; undefined for a code of another package. */
export function cliEntry(code: string): CliErrorEntry | undefined {
  return Object.hasOwn(cliErrors, code) ? cliErrors[code as CliErrorCode] : undefined;
}
