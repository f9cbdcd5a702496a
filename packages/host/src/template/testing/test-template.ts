import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FunctionConfig, functionDefaults } from "@tidegate/core";
import type { Forking } from "@tidegate/fork";
import type { Launched } from "../../launcher/launcher.ts";
import { Template } from "../template.ts";
import { childrenBut, statOf, until } from "./processes.ts";

/** Answers with its process id. */
export const serves = `
import { createServer } from "node:http";
createServer((req, res) => res.end("pid " + process.pid)).listen(process.env.PORT);
`;

/** A template of a real process, and what is forked from it. */
export interface TestTemplate {
  readonly template: Template;
  /** What its instances wrote. */
  readonly lines: string[];
  fork(): Promise<Launched>;
}

const cleanups: (() => Promise<unknown>)[] = [];

/** Ends all templates and their instances. */
export async function endTemplates(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export async function loadingTemplate(
  program: string,
  change: Partial<FunctionConfig> = {},
  forking?: Forking,
): Promise<TestTemplate> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-template-"));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "app.mjs");
  await writeFile(file, program);
  const entry = { kind: "node", file } as const;
  const fn = { ...functionDefaults, name: "app", entry, cwd: dir, env: {}, routes: [], ...change };
  const template = Template.start({
    function: fn,
    revision: "r1",
    publicPort: 3000,
    ...(forking === undefined ? {} : { forking }),
  });
  cleanups.push(() => template.stop());
  const lines: string[] = [];
  let made = 0;
  const fork = async (): Promise<Launched> => {
    const launched = await template.fork({
      function: fn,
      instance: `app-r1-${++made}`,
      runtimeDir: join(dir, "run"),
      publicPort: 3000,
      onOutput: (stream, line) => lines.push(`${stream}: ${line}`),
    });
    cleanups.push(() => end(launched));
    return launched;
  };
  return { template, lines, fork };
}

/** Kills an instance. Resolves when nothing of it is left. */
export async function end(launched: Launched): Promise<void> {
  launched.signal("SIGKILL");
  await launched.exited;
  launched.release();
}

/** One at its fork point. */
export async function parkedTemplate(program: string, change: Partial<FunctionConfig> = {}): Promise<TestTemplate> {
  const started = await loadingTemplate(program, change);
  const loaded = await started.template.loaded;
  if (loaded.kind !== "parked") throw new Error(loaded.reason);
  return started;
}

export function ask({ endpoint }: Launched): Promise<string> {
  if (!("path" in endpoint)) throw new Error("It has no socket");
  return new Promise((resolve, reject) => {
    get({ socketPath: endpoint.path, agent: false }, (response) => {
      response.setEncoding("utf8").on("data", resolve);
    }).on("error", reject);
  });
}

/** What was forked from it, ended ones, too: all children of this process but the template. */
export function childrenOf(template: Template): number[] {
  return childrenBut(template.pid);
}

/** The child that waits in native code, once there is one. */
export async function spareOf(template: Template, other: number | null = null): Promise<number> {
  let found: number | undefined;
  await until(() => {
    found = childrenOf(template).find((pid) => pid !== other && statOf(pid)[0] === "S");
    return found !== undefined;
  });
  return found ?? 0;
}
