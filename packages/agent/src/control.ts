import { writeSync } from "node:fs";
import { Socket } from "node:net";

/** Node's own: in a forked instance the app sees a figure that goes on from its template's. */
const { cpuUsage } = process;

/** Name of the environment variable that carries an `InstanceEnvironment` as JSON. The agent removes it at once. */
export const instanceVariable = "TIDEGATE_INSTANCE";

/** What the host tells an instance before it starts. */
export interface InstanceEnvironment {
  /** Unix socket the app is to be served on. */
  readonly socket: string;
  /** Descriptor of the control stream: one JSON message a line, and its end is the end of the host. */
  readonly controlFd: number;
  /** Port that `server.address()` names, as the app would see it without Tidegate. */
  readonly port: number;
  /** Folder of V8's compile cache; null to go without. */
  readonly compileCache: string | null;
}

/** What an app's server speaks: HTTP/1.1, or HTTP/2 without TLS. */
export type AppProtocol = "http1" | "h2c";

/** What an instance tells its host. */
export type AgentMessage =
  /** The app's server listens on the socket, and the event loop turns. */
  | { readonly type: "ready"; readonly protocol: AppProtocol }
  /** The answer to `measure`. */
  | {
      readonly type: "metrics";
      readonly id: number;
      /** Processor time of this process since it started, in milliseconds. */
      readonly cpuMs: number;
      /** Its resident memory, in bytes. */
      readonly memoryBytes: number;
      /** How long the question waited for the event loop, as a request would have, in milliseconds. */
      readonly eventLoopDelayMs: number;
    };

/** What a host tells its instance. */
export interface HostMessage {
  readonly type: "measure";
  readonly id: number;
  /** When it was asked: `process.hrtime()` in milliseconds, a clock that all processes of a machine share. */
  readonly at: number;
}

/** The instance's end of the control stream. */
export interface Control {
  send(message: AgentMessage): void;
  /** Leaves the stream without ending the process. */
  close(): Promise<void>;
}

/**
 * Opens the control stream of this instance. The stream never keeps the process alive, and when the host is gone the
 * instance ends with it, so that no instance outlives a killed host. The agent has no timer for what it tells: it answers
 * when it is asked, so an instance without requests is silent, and time spent frozen is in no figure.
 */
export function openControl(fd: number): Control {
  const stream = new Socket({ fd, readable: true, writable: false });
  stream.on("error", () => process.exit(1));
  stream.on("close", () => process.exit(1));
  stream.setEncoding("utf8");
  let partial = "";
  stream.on("data", (text: string) => {
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) send(measure(JSON.parse(line) as HostMessage));
  });
  stream.unref();
  const send = (message: AgentMessage): void => {
    try {
      // Written at once: a message must not be lost when the app ends the process in the next line.
      writeSync(fd, `${JSON.stringify(message)}\n`);
    } catch {
      // The host reads nothing, or is gone: its end of the stream tells.
    }
  };
  const close = (): Promise<void> => {
    stream.removeAllListeners("close");
    return new Promise((resolve) => stream.once("close", () => resolve()).destroy());
  };
  return { send, close };
}

function measure({ id, at }: HostMessage): AgentMessage {
  const { user, system } = cpuUsage();
  return {
    type: "metrics",
    id,
    cpuMs: (user + system) / 1_000,
    memoryBytes: process.memoryUsage.rss(),
    eventLoopDelayMs: Math.max(0, Number(process.hrtime.bigint()) / 1e6 - at),
  };
}

/** Takes the instance's environment out of `env`; null in a process that is not an instance, such as an app's child. */
export function takeInstanceEnvironment(env: NodeJS.ProcessEnv): InstanceEnvironment | null {
  const text = env[instanceVariable];
  if (text === undefined) return null;
  delete env[instanceVariable];
  return JSON.parse(text) as InstanceEnvironment;
}
