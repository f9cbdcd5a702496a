import { writeSync } from "node:fs";
import { Socket } from "node:net";

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

/** What an instance tells its host. */
export type AgentMessage =
  /** The app's server listens on the socket. */
  { readonly type: "ready" };

/** The instance's end of the control stream. */
export interface Control {
  send(message: AgentMessage): void;
}

/**
 * Opens the control stream of this instance. The stream never keeps the process alive, and when the host is gone the
 * instance ends with it, so that no instance outlives a killed host.
 */
export function openControl(fd: number): Control {
  const stream = new Socket({ fd, readable: true, writable: false });
  stream.on("error", () => process.exit(1));
  stream.on("close", () => process.exit(1));
  stream.resume();
  stream.unref();
  return {
    // Written at once: a message must not be lost when the app ends the process in the next line.
    send: (message) => void writeSync(fd, `${JSON.stringify(message)}\n`),
  };
}

/** Takes the instance's environment out of `env`; null in a process that is not an instance, such as an app's child. */
export function takeInstanceEnvironment(env: NodeJS.ProcessEnv): InstanceEnvironment | null {
  const text = env[instanceVariable];
  if (text === undefined) return null;
  delete env[instanceVariable];
  return JSON.parse(text) as InstanceEnvironment;
}
