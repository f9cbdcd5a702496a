import { loadAddon } from "./forking.ts";
import type { TemplateEnvironment } from "./template-environment.ts";

/** Makes this process a template. */
export function runTemplate(environment: TemplateEnvironment): void {
  const forking = loadAddon(environment.addon);
  forking.dieWithParent(environment.host);
}
