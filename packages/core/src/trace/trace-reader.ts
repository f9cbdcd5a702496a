import { TidegateError } from "../errors.ts";
import { csvFields } from "./csv-fields.ts";
import type { Trace } from "./trace.ts";
import { TraceBuilder } from "./trace-builder.ts";
import { type TraceFormat, traceFormats } from "./trace-format.ts";

/** No line of a trace is that long: what is read is no trace, and must not fill the memory while its end is looked for. */
const mostLineLength = 65_536;

/**
 * Reads a trace piece by piece, in one of two formats that the first line tells apart: what `serve --record` writes, and
 * comma-separated values with the columns `app`, `func`, `end_timestamp` and `duration` in seconds. Columns may stand in
 * any order and among others. Strict: what cannot be understood is an error with its line, not left out.
 *
 * @example
 * const reader = new TraceReader("shop.csv");
 * for await (const text of createReadStream("shop.csv", "utf8")) reader.push(text);
 * const trace = reader.end();
 */
export class TraceReader {
  readonly #name: string;
  readonly #builder: TraceBuilder = new TraceBuilder();
  #format: TraceFormat | null = null;
  /** Where the format's columns stand, and how many the first line names. */
  #places: readonly number[] = [];
  #width = 0;
  #head = "";
  #rest = "";
  #line = 0;
  /** A line that cannot be read, while it may still turn out to be the torn end of a recording. */
  #torn: TidegateError | null = null;
  #count = 0;

  /** @param name of the trace, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Reads more of the text; pieces may end anywhere.
   * @throws TIDEGATE_TRACE_INVALID
   */
  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    if (this.#rest.length > mostLineLength) throw this.#invalid(`line ${this.#line + 1} has no end`);
  }

  /**
   * The whole text was read.
   * @throws TIDEGATE_TRACE_INVALID, also when there is no invocation in it
   */
  end(): Trace {
    // What a recording host had no time to end is not there.
    const isTorn = this.#format?.mayBeTorn === true;
    if (this.#rest !== "" && !isTorn) this.#take(this.#rest);
    this.#rest = "";
    if (this.#torn !== null) throw this.#torn;
    if (this.#format === null) throw this.#invalid("it is empty");
    if (this.#count === 0) throw this.#invalid("it has no invocations");
    return this.#builder.build();
  }

  #take(text: string): void {
    this.#line += 1;
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (this.#format === null) return this.#begin(line.replace(/^\uFEFF/, ""));
    if (line === "") return;
    if (line === this.#head) {
      // Another host goes on with the recording; what the one before had no time to end is not there.
      this.#torn = null;
      return;
    }
    if (this.#torn !== null) throw this.#torn;
    const problem = this.#row(line, this.#format);
    if (problem === null) return;
    const error = this.#invalid(`line ${this.#line} has ${problem}`);
    if (!this.#format.mayBeTorn) throw error;
    this.#torn = error;
  }

  #begin(line: string): void {
    const names = (csvFields(line) ?? []).map((name) => name.trim());
    const format = traceFormats.find(({ columns }) => columns.every((column) => names.includes(column)));
    if (format === undefined) {
      const known = traceFormats.map(({ columns }) => `"${columns.join(",")}"`).join(" nor ");
      throw this.#invalid(line === "" ? "line 1 is empty" : `line 1 names neither the columns ${known}`);
    }
    this.#format = format;
    this.#head = line;
    this.#width = names.length;
    this.#places = format.columns.map((column) => names.indexOf(column));
  }

  /** Takes a row; returns what is wrong with it, null when nothing is. */
  #row(line: string, format: TraceFormat): string | null {
    const fields = csvFields(line);
    if (fields === null) return "quotes that do not fit";
    if (fields.length !== this.#width) return `${count(fields.length, "field")}, ${this.#width} expected`;
    const row = format.read(this.#places.map((place) => fields[place] ?? ""));
    if (typeof row === "string") return row;
    this.#count += 1;
    if (row.serviceMs === null) this.#builder.unserved += 1;
    else this.#builder.add(row.function, row.at, row.serviceMs);
    return null;
  }

  #invalid(state: string): TidegateError {
    return new TidegateError("TIDEGATE_TRACE_INVALID", `Cannot read trace ${JSON.stringify(this.#name)}: ${state}`);
  }
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}
