import type { Host, HostEvent } from "@tidegate/host";
import type { Io } from "../io.ts";
import { notices } from "./notices.ts";
import { createPaint, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import type { Reporter } from "./reporter.ts";
import { createScreen } from "./screen.ts";
import { formatStatus, milliseconds, plural } from "./status-line.ts";
import { createTraffic } from "./traffic.ts";

export interface TextReporterOptions {
  /** Names of the functions served. */
  readonly functions: readonly string[];
  /** Whether a live status line is drawn; only a terminal can show it. */
  readonly isLive: boolean;
  /** Whether each request is written as a line. */
  readonly logRequests: boolean;
}

/** Reports in lines for people: output of instances behind their names, and on a terminal a live status line. */
export function createTextReporter(io: Io, { functions, isLive, logRequests }: TextReporterOptions): Reporter {
  const paint = createPaint(io);
  const traffic = createTraffic(() => performance.now());
  let host: Host | null = null;
  let isListening = false;
  /** Notices that were given: each revision gives them again. */
  const noticed = new Set<string>();
  const screen = createScreen(
    io.stdout,
    isLive
      ? {
          text: () =>
            host === null || !isListening ? "" : formatStatus(host.counters(), host.instances(), traffic.numbers()),
          paint: paint.dim,
        }
      : null,
  );
  const onInvocation: Reporter["onInvocation"] = ({
    durationMs,
    method,
    target,
    status,
    instance,
    coldStart,
    error,
  }) => {
    traffic.record(durationMs);
    if (!logRequests) return;
    const what = `${method} ${printable(target)} ${statusText(status, paint)} ${milliseconds(durationMs)}`;
    const notes = [coldStart ? "cold start" : "", error ?? ""].filter((note) => note !== "").join(", ");
    screen.print(prefixed(instance ?? "gateway", notes === "" ? what : `${what} (${notes})`, paint));
  };
  return {
    attach: (given) => {
      host = given;
    },
    onEvent: (event) => {
      if (event.type === "listening") isListening = true;
      if (event.type === "problem" && notices.has(event.code)) {
        if (noticed.has(event.message)) return;
        noticed.add(event.message);
      }
      const line = eventLine(event, functions, host, paint);
      if (line !== null) screen.print(line);
    },
    onInvocation: isLive || logRequests ? onInvocation : null,
    note: (message) => screen.print(message),
    onStopping: () => screen.print("Stopping: running requests may finish; Ctrl-C again ends at once"),
    close: () => screen.close(),
  };
}

/** Null for what the live line shows better. */
function eventLine(event: HostEvent, functions: readonly string[], host: Host | null, paint: Paint): string | null {
  switch (event.type) {
    case "listening": {
      const instances = plural(host?.instances().length ?? 0, "instance");
      return `Serving ${functions.join(", ")} at ${paint.bold(event.url)} with ${instances}`;
    }
    case "instance":
      if (event.state === "ready") {
        // A frozen one goes on: nothing anybody waited for.
        if (event.startMs === null) return null;
        const how = event.start === "fork" ? ", forked" : "";
        const ready = `ready in ${milliseconds(event.startMs)} (pid ${event.pid}${how})`;
        return prefixed(event.instance, paint.green(ready), paint);
      }
      if (event.state === "failed") return prefixed(event.instance, paint.red(`failed: ${event.reason}`), paint);
      if (event.state !== "stopped") return null;
      return prefixed(event.instance, paint.dim(event.reason === null ? "stopped" : `stopped: ${event.reason}`), paint);
    case "scale":
      return null;
    case "output":
      return prefixed(event.instance, printable(event.line), paint);
    case "problem":
      if (notices.has(event.code)) return `${printable(event.message)}; tidegate explain tells more`;
      return paint.red(`${withoutLastWords(event.message)} (${event.code})`);
  }
}

/** The lines an instance wrote before it failed stand above already. */
function withoutLastWords(message: string): string {
  return message
    .split("\n", 1)
    .join("")
    .replace(/; its last words:$/, "");
}

function prefixed(name: string, text: string, paint: Paint): string {
  return `${paint.named(name, `${name} |`)} ${text}`;
}

function statusText(status: number, paint: Paint): string {
  return status >= 500 || status === 0 ? paint.red(String(status)) : String(status);
}
