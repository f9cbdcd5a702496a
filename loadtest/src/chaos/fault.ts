/** Where in a request an app kills its own process. */
export type DeathPoint = "begin" | "upload" | "head" | "body" | "last" | "end";

/**
 * What the monkey does. A *child ahead* is the process that a template has forked before somebody needs an instance. Each name is
 * a row of the report.
 */
export type FaultKind =
  | "kill starting"
  | "kill with queue"
  | "kill busy"
  | "kill idle"
  | "kill draining"
  | "kill frozen"
  | "kill all of a function"
  | "terminate"
  | "kill template"
  | "kill loading template"
  | "stop and continue template"
  | "kill child ahead"
  | "stop and continue"
  | "die at begin"
  | "die mid-upload"
  | "die after head"
  | "die mid-response"
  | "die before last byte"
  | "die when idle again"
  | "die by exit"
  | "die by exception"
  | "die every time"
  | "redeploy"
  | "redeploy that fails"
  | "reload configuration"
  | "upgrade host";

/** One thing the monkey did. */
export interface Fault {
  readonly kind: FaultKind;
  /** Wall-clock time, in milliseconds. */
  readonly at: number;
  /** Processes that it ended. */
  readonly pids: readonly number[];
  /** Instance, function or request it was done to. */
  readonly target: string;
}
