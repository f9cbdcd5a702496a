import type { ChildProcess } from "node:child_process";

/** Reads what a program writes; returns a function that gives the last of it. */
export function lastOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-4000);
    });
  }
  return () => text;
}
