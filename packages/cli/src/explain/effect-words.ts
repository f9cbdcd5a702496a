import { type EffectKey, effectDoes } from "@tidegate/core";

/** An effect as people read of it. */
export interface EffectWords {
  /** What the app does, after "it": "listens". */
  readonly does: string;
  /** What can be done so that more is shared, as a request; null where there is nothing to move. */
  readonly instead: string | null;
}

const later = "on first use, or once the server listens";

/** What can be done instead of each effect; null where there is nothing to move. */
const instead: Readonly<Record<EffectKey, string | null>> = {
  end: null,
  wait: "let it listen without waiting first",
  listen: null,
  connect: `make the client at load and connect ${later}, as most drivers can (pools, lazyConnect)`,
  datagram: `open it ${later}`,
  dns: `look it up ${later}`,
  "open-for-writing": `open it ${later}; what is only a log can go to standard output`,
  "change-file":
    "do it when the app is deployed, on first use, or once the server listens; a folder that is there costs nothing with { recursive: true }",
  "watch-file": `watch it only in development, or once the server listens`,
  "read-device": `read it ${later}`,
  stdin: "leave standard input alone: a function gets no input but requests",
  database: `open it ${later}`,
  addon: "load it on first use: put its require() or import() into the function that needs it",
  "native-code": "load it on first use, in the function that needs it",
  wasi: `start it ${later}`,
  worker: `start it ${later}; module hooks need none with registerHooks, nor does pino without a transport`,
  "child-process": `start it ${later}; what it told can stand in the environment`,
  "random-bytes": "draw them on first use or in onFork; a secret that all instances share belongs into the environment",
  "generate-key": "read keys from a file, or generate it on first use or in onFork",
  "math-random": "draw on first use or in onFork",
  "process-id": "read it on first use or in onFork, as each instance has its own",
  signal: `send it ${later}`,
  identity: "start the host as that user",
  inspector: "open it in development only, or once the server listens",
  diagnostics: `begin ${later}`,
  "node-internals": "a newer version of the package may do without",
  exit: null,
};

/**
 * What to say of an effect.
 *
 * @param effect its key; one that a newer host knows is told by its name
 */
export function effectWords(effect: string): EffectWords {
  if (!isKnown(effect)) return { does: `does what is called "${effect}"`, instead: `do it ${later}` };
  return { does: effectDoes[effect], instead: instead[effect] };
}

function isKnown(effect: string): effect is EffectKey {
  return Object.hasOwn(effectDoes, effect);
}
