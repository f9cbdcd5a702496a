import type { Io } from "../io.ts";

/** Colours text for the terminal. */
export interface Paint {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  /** A colour of its own for each name, the same one each time. */
  readonly named: (name: string, text: string) => string;
}

/** Cyan, yellow, magenta, blue, green and their bright forms: told apart on dark and light terminals. */
const nameColours: readonly number[] = [36, 33, 35, 34, 32, 96, 95, 94];

/**
 * Makes the colours of a terminal: none when standard output is no terminal, or `NO_COLOR` is set to anything
 * (https://no-color.org), unless `FORCE_COLOR` is.
 */
export function createPaint({ stdout, env }: Pick<Io, "stdout" | "env">): Paint {
  const isForced = (env.FORCE_COLOR ?? "") !== "" && env.FORCE_COLOR !== "0";
  const isOn = isForced || (stdout.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb");
  const colour = (code: number, end: number) => (text: string) => (isOn ? `\x1b[${code}m${text}\x1b[${end}m` : text);
  const seen = new Map<string, number>();
  return {
    dim: colour(2, 22),
    bold: colour(1, 22),
    red: colour(31, 39),
    green: colour(32, 39),
    named: (name, text) => {
      const index = seen.get(name) ?? seen.size;
      // Instances come and go for as long as the host runs: remember a bounded number of them.
      if (seen.size > 1000) seen.clear();
      seen.set(name, index);
      return colour(nameColours[index % nameColours.length] ?? 36, 39)(text);
    },
  };
}
