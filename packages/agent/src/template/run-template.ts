import { loadAddon } from "./forking.ts";
import { hideFromApp } from "./hide-from-app.ts";
import { endTemplate, tellHost } from "./template-channel.ts";
import type { TemplateEnvironment } from "./template-environment.ts";
import { TemplateProcess } from "./template-process.ts";
import { warmNode } from "./warm-node.ts";
import { prepareWorkers } from "./worker-end.ts";

/** Makes this process a template. */
export function runTemplate(environment: TemplateEnvironment): void {
  const forking = loadAddon(environment.addon);
  forking.dieWithParent(environment.host);
  const earlier = loadedBefore();
  if (earlier !== null) return refuse(environment, earlier);
  prepareWorkers(environment.addon);
  hideFromApp();
  warmNode(forking);
  new TemplateProcess(environment, forking);
}

/** What `NODE_OPTIONS` has Node load stands before what its command line does: nobody watched it. */
function loadedBefore(): string | null {
  const { _preload_modules: loaded } = process as unknown as { readonly _preload_modules?: readonly string[] };
  const first = loaded?.[0];
  return first === undefined || first === process.execArgv[process.execArgv.indexOf("--require") + 1] ? null : first;
}

function refuse(environment: TemplateEnvironment, earlier: string): never {
  const reason = `"${earlier}" is loaded by NODE_OPTIONS before the app can be watched; nodeArgs load it after that`;
  tellHost(environment.controlFd, { type: "unfit", reason, place: null, warmUp: null });
  return endTemplate();
}
