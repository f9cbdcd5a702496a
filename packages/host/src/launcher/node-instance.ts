import { unlink } from "node:fs/promises";
import type { FunctionConfig, InstanceStart } from "@tidegate/core";
import type { Child } from "./child.ts";
import type { ControlChannel } from "./control-channel.ts";
import type { InstanceOutput } from "./instance-output.ts";
import { isEnding } from "./is-ending.ts";
import type { Launched } from "./launcher.ts";
import { StartupCheck } from "./startup-check.ts";

/** What a Node instance consists of, however its process came to be. */
export interface NodeInstanceParts {
  readonly start: InstanceStart;
  readonly function: FunctionConfig;
  readonly child: Child;
  readonly control: ControlChannel;
  readonly output: InstanceOutput;
  /** Its Unix socket. */
  readonly path: string;
  /** How much of its memory it shares, in bytes; nothing when left out. */
  readonly sharedBytes?: () => Promise<number>;
}

/** A Node instance: it tells over the control stream when it listens. It is ready then, or once its startup path answers. */
export function nodeInstance(parts: NodeInstanceParts): Launched {
  const { start, child, control, output, path, sharedBytes } = parts;
  const { startupPath } = parts.function.health;
  const check = new StartupCheck({ path }, parts.function);
  void child.exited.then(() => {
    output.end();
    check.abort();
  });
  const ready = control.ready.then(() => {
    check.protocol = control.protocol;
    return startupPath === null ? undefined : check.passed();
  });
  return {
    start,
    pid: child.pid,
    endpoint: { path },
    protocol: () => control.protocol,
    ready,
    ended: child.ended,
    exited: child.exited,
    isEnding: () => isEnding(child.pid),
    lacks: () => check.lacks,
    lastWords: () => output.lastWords(),
    signal: child.signal,
    freeze: () => {
      control.forget();
      child.signal("SIGSTOP");
    },
    thaw: () => child.signal("SIGCONT"),
    measure: async () => {
      const usage = await control.measure();
      if (usage === null || sharedBytes === undefined) return usage;
      return { ...usage, sharedBytes: Math.min(usage.memoryBytes, await sharedBytes()) };
    },
    release: () => {
      check.abort();
      // A killed process leaves its socket's file.
      void unlink(path).catch(() => {});
    },
  };
}
