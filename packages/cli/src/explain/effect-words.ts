import type { EffectKey } from "@tidegate/core";

/** An effect as people read of it. */
export interface EffectWords {
  /** What the app does, after "it": "listens". */
  readonly does: string;
  /** What can be done so that more is shared, as a request; null where there is nothing to move. */
  readonly instead: string | null;
}

const later = "on first use, or once the server listens";

/** Words of every effect. */
const words: Readonly<Record<EffectKey, EffectWords>> = {
  end: { does: "has been loaded to its end", instead: null },
  wait: { does: "waits, and has no server yet", instead: "let it listen without waiting first" },
  listen: { does: "listens", instead: null },
  connect: {
    does: "opens a connection",
    instead: `make the client at load and connect ${later}, as most drivers can (pools, lazyConnect)`,
  },
  datagram: { does: "opens a datagram socket", instead: `open it ${later}` },
  dns: { does: "looks up a host name", instead: `look it up ${later}` },
  "open-for-writing": {
    does: "opens a file for writing",
    instead: `open it ${later}; what is only a log can go to standard output`,
  },
  "change-file": {
    does: "changes files",
    instead:
      "do it when the app is deployed, on first use, or once the server listens; a folder that is there costs nothing with { recursive: true }",
  },
  "watch-file": { does: "watches a file", instead: `watch it only in development, or once the server listens` },
  "read-device": { does: "reads a device or a pipe", instead: `read it ${later}` },
  stdin: { does: "uses standard input", instead: "leave standard input alone: a function gets no input but requests" },
  database: { does: "opens a database", instead: `open it ${later}` },
  addon: {
    does: "loads a native addon",
    instead: "load it on first use: put its require() or import() into the function that needs it",
  },
  "native-code": { does: "loads native code", instead: "load it on first use, in the function that needs it" },
  wasi: { does: "starts a WASI program", instead: `start it ${later}` },
  worker: {
    does: "starts a worker thread",
    instead: `start it ${later}; module hooks need none with registerHooks, nor does pino without a transport`,
  },
  "child-process": {
    does: "starts another program",
    instead: `start it ${later}; what it told can stand in the environment`,
  },
  "random-bytes": {
    does: "draws random bytes",
    instead: "draw them on first use or in onFork; a secret that all instances share belongs into the environment",
  },
  "generate-key": {
    does: "generates a key",
    instead: "read keys from a file, or generate it on first use or in onFork",
  },
  "math-random": { does: "draws from Math.random", instead: "draw on first use or in onFork" },
  "process-id": {
    does: "reads its process id",
    instead: "read it on first use or in onFork, as each instance has its own",
  },
  signal: { does: "sends a signal", instead: `send it ${later}` },
  identity: {
    does: "changes its user or group",
    instead: "start the host as that user",
  },
  inspector: { does: "opens Node's inspector", instead: "open it in development only, or once the server listens" },
  diagnostics: { does: "begins to write diagnostics", instead: `begin ${later}` },
  "node-internals": { does: "uses Node's internals", instead: "a newer version of the package may do without" },
  exit: { does: "ends its process", instead: null },
};

/**
 * What to say of an effect.
 *
 * @param effect its key; one that a newer host knows is told by its name
 */
export function effectWords(effect: string): EffectWords {
  if (Object.hasOwn(words, effect)) return words[effect as EffectKey];
  return { does: `does what is called "${effect}"`, instead: `do it ${later}` };
}
