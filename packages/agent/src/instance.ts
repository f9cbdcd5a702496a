import { pathToFileURL } from "node:url";
import { type Capture, type CaptureOptions, captureServer } from "./capture.ts";
import { type AppProtocol, type Control, openControl } from "./control.ts";

/** The agent's parts in a process that is an instance. */
export interface Instance {
  readonly control: Control;
  readonly capture: Capture;
  /** Tells the host that requests may come. */
  readonly tellReady: (protocol: AppProtocol) => void;
}

export interface InstanceOptions extends Omit<CaptureOptions, "onListening"> {
  /** Descriptor of the control stream. */
  readonly controlFd: number;
}

/** Opens the control stream, and prepares to serve the first HTTP server that listens on the instance's socket. */
export function becomeInstance({ controlFd, ...options }: InstanceOptions): Instance {
  const control = openControl(controlFd);
  const tellReady = (protocol: AppProtocol): void => control.send({ type: "ready", protocol });
  // Told from the event loop's next turn: what an app does while it begins to listen could still keep it from answering.
  const onListening: CaptureOptions["onListening"] = (protocol) => void setImmediate(tellReady, protocol);
  return { control, capture: captureServer({ ...options, onListening }), tellReady };
}

/** Serves what the main module exports, where the program has no server of its own. */
export async function serveExports({
  hasServer,
  serveExported,
}: Pick<Capture, "hasServer" | "serveExported">): Promise<void> {
  const main = process.argv[1];
  if (main === undefined || hasServer()) return;
  let exported: object;
  try {
    // The very module Node runs as main: it is not evaluated again, and this waits for its top-level await.
    exported = (await import(pathToFileURL(main).href)) as object;
  } catch {
    return; // Node itself reports why the main module failed, and exits.
  }
  if (hasServer()) return;
  const { serverOf } = await import("./exported-app.ts");
  const server = await serverOf(exported);
  if (server !== null && !hasServer()) serveExported(server);
}
