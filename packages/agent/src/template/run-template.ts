import * as nodeModule from "node:module";
import { loadAddon } from "./forking.ts";
import type { TemplateEnvironment } from "./template-environment.ts";
import { TemplateProcess } from "./template-process.ts";
import { warmNode } from "./warm-node.ts";
import { prepareWorkers } from "./worker-end.ts";

/** Makes this process a template. */
export function runTemplate(environment: TemplateEnvironment): void {
  const forking = loadAddon(environment.addon);
  forking.dieWithParent(environment.host);
  prepareWorkers(environment.addon);
  hideFromApp();
  warmNode(forking);
  if (environment.compileCache !== null) nodeModule.enableCompileCache(environment.compileCache);
  new TemplateProcess(environment, forking);
}

/**
 * Children that the app forks inherit `execArgv`, and apps may read it: what makes this process a template is ours. It stands
 * first, up to our own `--require`.
 */
function hideFromApp(): void {
  process.execArgv.splice(0, process.execArgv.indexOf("--require") + 2);
}
