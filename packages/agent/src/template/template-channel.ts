import { writeSync } from "node:fs";
import type { TemplateMessage } from "./template-environment.ts";

// Node's own, whatever the app or the table of effects puts in their places.
const write = writeSync;
const { reallyExit } = process as unknown as { reallyExit(code: number): never };

/** Tells the host. The stream blocks, so that all of a message is written. */
export function tellHost(control: number, message: TemplateMessage): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += write(control, bytes, at);
}

/** Ends the template without a word to the app: what it registered for the end would act in its name. */
export function endTemplate(): never {
  return reallyExit(0);
}

/** Ends a child that could not become an instance; its host reads why. */
export function endChild(error: Error): never {
  write(2, `Cannot become an instance: ${error.message}\n`);
  return reallyExit(1);
}
