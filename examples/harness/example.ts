/** What serves an example: a Node program, or any command that listens on `$PORT`. */
type Entry = { kind: "node"; file: string } | { kind: "command"; command: [string, ...string[]] };

export interface Example {
  name: string;
  cwd: string;
  entry: Entry;
  /** Added to a small clean environment; the test runner's own variables are kept out. */
  env?: Record<string, string>;
  /** Takes SIGTERM as Node does by itself, and so ends by the signal rather than with code 0. */
  endsOnSignal?: boolean;
}

export interface Running {
  /** Origin without a trailing slash. */
  url: string;
  /** Asks the example to end and resolves when it has. */
  stop(): Promise<void>;
}

/** Environment of an example: enough to find programs, and nothing of the test runner's (NODE_ENV, NODE_OPTIONS). */
export function cleanEnv(example: Example): Record<string, string> {
  const { PATH = "", HOME = "/tmp" } = process.env;
  return { PATH, HOME, NODE_ENV: "production", ...example.env };
}
