export { type CliErrorCode, type CliErrorEntry, cliErrors } from "./errors.ts";
export { type Io, type Output, processIo, type StopSignal } from "./io.ts";
export { run } from "./run.ts";
