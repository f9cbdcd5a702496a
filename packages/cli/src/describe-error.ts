import { TidegateError } from "@tidegate/core";
import { type HostErrorCode, hostErrors } from "@tidegate/host";
import { cliEntry } from "./errors.ts";

/** What a person reads: message, code and fix; the stack only where no code says what is wrong. */
export function describeError(error: unknown): string {
  if (!(error instanceof TidegateError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `tidegate: unexpected error\n${text}\n`;
  }
  const entry = cliEntry(error.code) ?? hostEntry(error.code);
  return `tidegate: ${error.message}\n${error.code}${entry === undefined ? "" : `: ${entry.fix}`}\n`;
}

function hostEntry(code: string): { readonly fix: string } | undefined {
  return Object.hasOwn(hostErrors, code) ? hostErrors[code as HostErrorCode] : undefined;
}
