/**
 * Loaded with `node --require` before the app of an instance. It changes nothing the app can see but where its first
 * HTTP server listens; an app that only exports itself is served by it.
 */
import * as nodeModule from "node:module";
import { Server } from "node:net";
import { isMainThread } from "node:worker_threads";
import type { Capture } from "./capture.ts";
import { keepCompiledCode } from "./compiled-code.ts";
import { takeInstanceEnvironment } from "./control.ts";
import { becomeInstance, serveExports } from "./instance.ts";

const environment = isMainThread ? takeInstanceEnvironment(process.env) : null;
// Worker threads have flags of their own, and inherit them.
if (environment !== null || !isMainThread) hideFromApp();
if (environment !== null) {
  if (environment.compileCache !== null) {
    // V8's compiled code is kept on disk: the next instance of the app loads it instead of compiling again.
    nodeModule.enableCompileCache(environment.compileCache);
    keepCompiledCode();
  }
  const { socket, port, controlFd } = environment;
  const original = Server.prototype.listen as Capture["listen"];
  const { capture } = becomeInstance({ socket: () => socket, port, controlFd, original });
  Server.prototype.listen = capture.listen as typeof Server.prototype.listen;
  // After the main module ran: a program has its server by now, or will have; a module may only have exported an app.
  setImmediate(() => void serveExports(capture));
}

/** Children that the app forks inherit `execArgv`; the agent is not for them. */
function hideFromApp(): void {
  const at = process.execArgv.lastIndexOf("--require");
  if (at >= 0) process.execArgv.splice(at, 2);
}
