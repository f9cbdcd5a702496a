/**
 * Loaded with `node --require` before the app of an instance. It changes nothing the app can see but where its first
 * HTTP server listens; an app that only exports itself is served by it.
 */
import * as nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { type Capture, captureServer } from "./capture.ts";
import { type AppProtocol, type InstanceEnvironment, openControl, takeInstanceEnvironment } from "./control.ts";

/** The compile cache is written this long after the start, when the first requests are likely served. */
const cacheFlushDelayMs = 1_000;

const environment = isMainThread ? takeInstanceEnvironment(process.env) : null;
if (environment !== null) becomeInstance(environment);

function becomeInstance({ socket, port, controlFd, compileCache }: InstanceEnvironment): void {
  hideFromApp();
  if (compileCache !== null) cacheCompiledCode(compileCache);
  const control = openControl(controlFd);
  // Told from the event loop's next turn: what an app does while it begins to listen could still keep it from answering.
  const onListening = (protocol: AppProtocol): void =>
    void setImmediate(() => control.send({ type: "ready", protocol }));
  const capture = captureServer({ socket, port, onListening });
  // After the main module ran: a program has its server by now, or will have; a module may only have exported an app.
  setImmediate(() => void serveExports(capture));
}

/** Children that the app forks inherit `execArgv`; the agent is not for them. */
function hideFromApp(): void {
  const at = process.execArgv.lastIndexOf("--require");
  if (at >= 0) process.execArgv.splice(at, 2);
}

/** Keeps V8's compiled code on disk: the next instance of the app loads it instead of compiling again. */
function cacheCompiledCode(folder: string): void {
  nodeModule.enableCompileCache(folder);
  // Node writes the cache at a normal exit only, and instances end by a signal.
  setTimeout(() => nodeModule.flushCompileCache(), cacheFlushDelayMs).unref();
}

async function serveExports(capture: Capture): Promise<void> {
  const main = process.argv[1];
  if (main === undefined || capture.hasServer()) return;
  let exported: object;
  try {
    // The very module Node runs as main: it is not evaluated again, and this waits for its top-level await.
    exported = (await import(pathToFileURL(main).href)) as object;
  } catch {
    return; // Node itself reports why the main module failed, and exits.
  }
  if (capture.hasServer()) return;
  const { serverOf } = await import("./exported-app.ts");
  const server = await serverOf(exported);
  if (server !== null && !capture.hasServer()) capture.serveExported(server);
}
