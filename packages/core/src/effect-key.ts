/**
 * What an app may do at load that must happen in each instance for itself: a template forks right before the first of them.
 * The table behind each key stands in `packages/agent/src/template/effects`.
 */
export type EffectKey =
  /** Its program came to its natural end without any other. */
  | "end"
  /** It has nothing to do until a timer fires or something comes from outside, and has no server. */
  | "wait"
  | "listen"
  | "connect"
  | "datagram"
  | "dns"
  | "open-for-writing"
  | "change-file"
  | "watch-file"
  | "read-device"
  | "stdin"
  | "database"
  | "addon"
  | "native-code"
  | "wasi"
  | "worker"
  | "child-process"
  | "random-bytes"
  | "generate-key"
  | "math-random"
  | "process-id"
  | "signal"
  | "identity"
  | "inspector"
  | "diagnostics"
  | "node-internals"
  | "exit";
