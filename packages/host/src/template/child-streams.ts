import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { Forking } from "@tidegate/fork";

/** The host's ends of the streams of a forked child. */
export interface ChildStreams {
  readonly control: Socket;
  /** Number of the control stream's descriptor: the stream's own, until that is destroyed. */
  readonly controlDescriptor: number;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

/**
 * Makes the streams of a child, of the same kind as Node's own for a spawned one, and passes its ends on.
 *
 * @param pass sends the child's ends, in the order of `ChildStreams`; they are closed here afterwards
 * @throws what the system says, or `pass`; no descriptor is left then
 */
export function openChildStreams(forking: Forking, pass: (descriptors: readonly number[]) => void): ChildStreams {
  const theirs: number[] = [];
  const ours: Socket[] = [];
  const open = (writable: boolean): { readonly socket: Socket; readonly descriptor: number } => {
    const [descriptor, their] = forking.socketPair();
    theirs.push(their);
    const socket = new Socket({ fd: descriptor, readable: true, writable });
    ours.push(socket);
    return { socket, descriptor };
  };
  try {
    const control = open(true);
    const [stdout, stderr] = [open(false).socket, open(false).socket];
    pass(theirs);
    return { control: control.socket, controlDescriptor: control.descriptor, stdout, stderr };
  } catch (error) {
    for (const socket of ours) socket.destroy();
    throw error;
  } finally {
    for (const descriptor of theirs) closeSync(descriptor);
  }
}
