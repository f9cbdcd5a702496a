import type { EffectRow } from "../effect-row.ts";
import { loadsHarmlessAddon } from "../harmless-addons.ts";
import { fileWords, firstFile } from "./file-arguments.ts";
import { firstText } from "./network-arguments.ts";

type Arguments = readonly unknown[];

/** Bindings of Node that are tables and calculations; others reach past every function of this table. */
const tameBindings = new Set([
  ...["buffer", "config", "constants", "contextify", "http_parser", "icu", "natives", "os", "url", "util", "uv", "v8"],
  ...["async_wrap", "js_stream", "zlib"],
]);

const firstNumber = ([number]: Arguments): string | null => (number === undefined ? null : String(number));

/** Other programs, threads, native code, and what concerns the process as a whole. */
export const processEffects: readonly EffectRow[] = [
  {
    effect: "child-process",
    of: "node:child_process",
    names: ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork", "_forkChild"],
    what: firstText,
  },
  {
    effect: "child-process",
    of: "node:child_process ChildProcess.prototype",
    names: ["spawn"],
    what: ([options]) => firstText([(options as { file?: unknown } | undefined)?.file]),
  },
  { effect: "child-process", of: "process", names: ["execve"], what: firstText },
  {
    effect: "worker",
    of: "node:worker_threads",
    names: ["Worker"],
    kind: "class",
    what: ([file, options]) => ((options as { eval?: boolean } | undefined)?.eval === true ? null : fileWords(file)),
  },
  // Its hooks run in a thread of their own.
  { effect: "worker", of: "node:module", names: ["register"], what: firstFile },
  {
    effect: "addon",
    of: "process",
    names: ["dlopen"],
    when: ([, file]) => !loadsHarmlessAddon(file),
    what: ([, file]) => fileWords(file),
  },
  { effect: "native-code", of: "node:ffi", names: ["dlopen"], what: firstText },
  { effect: "native-code", of: "node:ffi", names: ["DynamicLibrary"], kind: "class", what: firstText },
  { effect: "native-code", of: "node:crypto", names: ["setEngine"], what: firstText },
  { effect: "wasi", of: "node:wasi", names: ["WASI"], kind: "class" },
  {
    effect: "database",
    of: "node:sqlite",
    names: ["DatabaseSync"],
    kind: "class",
    when: ([, options]) => (options as { open?: boolean } | undefined)?.open !== false,
    what: firstFile,
  },
  { effect: "database", of: "node:sqlite DatabaseSync.prototype", names: ["open"] },
  {
    effect: "signal",
    of: "process",
    names: ["kill", "_kill"],
    // Signal 0 only asks whether the process is there.
    when: ([, signal]) => signal !== 0,
    what: ([pid, signal]) => `${String(signal ?? "SIGTERM")} to ${String(pid)}`,
  },
  { effect: "signal", of: "process", names: ["_debugProcess"], what: firstNumber },
  {
    effect: "signal",
    of: "node:os",
    names: ["setPriority"],
    when: (args) => args.length > 1 && args[0] !== 0,
    what: firstNumber,
  },
  {
    effect: "identity",
    of: "process",
    names: ["setuid", "seteuid", "setgid", "setegid", "setgroups", "initgroups"],
    what: firstNumber,
  },
  { effect: "inspector", of: "node:inspector", names: ["open", "waitForDebugger"], what: firstNumber },
  { effect: "inspector", of: "node:inspector Session.prototype", names: ["connect", "connectToMainThread"] },
  { effect: "diagnostics", of: "node:v8", names: ["writeHeapSnapshot"], what: firstText },
  { effect: "diagnostics", of: "node:v8", names: ["startCpuProfile", "startHeapProfile"] },
  { effect: "diagnostics", of: "node:trace_events", names: ["createTracing"] },
  { effect: "diagnostics", of: "node:util", names: ["setTraceSigInt"], when: ([isOn]) => isOn === true },
  { effect: "diagnostics", of: "process report", names: ["writeReport"], what: firstText },
  {
    effect: "node-internals",
    of: "process",
    names: ["binding", "_linkedBinding"],
    when: ([name]) => !tameBindings.has(String(name)),
    what: firstText,
  },
  { effect: "exit", of: "process", names: ["exit", "reallyExit", "abort"], what: firstNumber },
];
