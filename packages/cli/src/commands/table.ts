import type { CommandEntry } from "./command.ts";

/** All commands, by name. Each is loaded only when it is asked for: `ps` needs no file watcher. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  serve: {
    summary: "Serve an app: instances start and stop with its requests",
    load: async () => (await import("./serve.ts")).serve,
  },
  dev: {
    summary: "Serve an app while you work on it: every change makes a new revision",
    load: async () => (await import("./dev.ts")).dev,
  },
  init: {
    summary: "Write a tidegate.yaml for the app in a folder",
    load: async () => (await import("./init.ts")).init,
  },
  ps: {
    summary: "List the instances of all running hosts",
    load: async () => (await import("./ps.ts")).ps,
  },
  explain: {
    summary: "Tell how instances start: where they are forked, what they share, and what to move to gain more",
    load: async () => (await import("./explain.ts")).explain,
  },
  simulate: {
    summary: "Show what an autoscaler policy does with recorded or generated traffic",
    load: async () => (await import("./simulate.ts")).simulate,
  },
  reload: {
    summary: "Let a running host apply its changed configuration",
    load: async () => (await import("./reload.ts")).reload,
  },
  upgrade: {
    summary: "Replace a running host by a new process, without losing a request",
    load: async () => (await import("./upgrade.ts")).upgrade,
  },
};
