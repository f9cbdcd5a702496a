/**
 * Loaded with `node --require` before the app of a template. It runs the app up to its first effect and lets instances
 * be forked there; in each of them the app goes on as if it had been loaded for it alone.
 */
import { isMainThread } from "node:worker_threads";
import { hideFromApp } from "./template/hide-from-app.ts";
import { runTemplate } from "./template/run-template.ts";
import { takeTemplateEnvironment } from "./template/template-environment.ts";
import { takeOverWorkerEnd } from "./template/worker-end.ts";

if (isMainThread) {
  const environment = takeTemplateEnvironment(process.env);
  if (environment !== null) runTemplate(environment);
} else {
  hideFromApp();
  takeOverWorkerEnd();
}
