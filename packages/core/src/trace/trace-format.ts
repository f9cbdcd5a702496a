/** An invocation as a line of a trace tells it. */
export interface TraceRow {
  readonly function: string;
  /** Arrival, in milliseconds on the trace's clock. */
  readonly at: number;
  /** null: it never reached an instance. */
  readonly serviceMs: number | null;
}

/** How lines of a trace are to be read. */
export interface TraceFormat {
  /** What its first line names; others may stand between them, and are not looked at. */
  readonly columns: readonly string[];
  /** Whether a line may be cut off where its writer was: at the end, and before another first line. */
  readonly mayBeTorn: boolean;
  /**
   * Reads one line.
   * @param fields one for each of `columns`
   * @returns the invocation, or what is wrong with the line, to follow "line 7 has "
   */
  read(fields: readonly string[]): TraceRow | string;
}

/** As `serve --record` writes it, see `recordLine`. */
const recorded: TraceFormat = {
  columns: ["at_ms", "function", "service_ms"],
  mayBeTorn: true,
  read: ([atText = "", name = "", serviceText = ""]) => {
    const at = numberOf(atText);
    if (at === null) return notA("an at_ms", "a number of milliseconds", atText);
    if (name === "") return "no function";
    if (serviceText === "") return { function: name, at, serviceMs: null };
    const serviceMs = numberOf(serviceText);
    if (serviceMs === null || serviceMs < 0) {
      return notA("a service_ms", "0 or a positive number of milliseconds", serviceText);
    }
    return { function: name, at, serviceMs };
  },
};

/** As the Azure Functions invocation trace of 2021 has it: seconds, and the time at which each invocation ended. */
const azure: TraceFormat = {
  columns: ["app", "func", "end_timestamp", "duration"],
  mayBeTorn: false,
  read: ([app = "", fn = "", endText = "", durationText = ""]) => {
    if (app === "" || fn === "") return app === "" ? "no app" : "no func";
    const end = numberOf(endText);
    if (end === null) return notA("an end_timestamp", "a number of seconds", endText);
    const duration = numberOf(durationText);
    if (duration === null || duration < 0) {
      return notA("a duration", "0 or a positive number of seconds", durationText);
    }
    return { function: `${app}/${fn}`, at: (end - duration) * 1000, serviceMs: duration * 1000 };
  },
};

export const traceFormats: readonly TraceFormat[] = [recorded, azure];

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Only decimal numbers: `Number` would take "", " " and "0x10", too. */
function numberOf(text: string): number | null {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

function notA(what: string, expected: string, text: string): string {
  return `${what} that is not ${expected}: ${JSON.stringify(text)}`;
}
