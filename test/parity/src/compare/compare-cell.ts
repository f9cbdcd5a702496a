import type { Case } from "../case.ts";
import type { Answer, ClientRequest } from "../client/answer.ts";
import { complete } from "../client/send.ts";
import { roundTrip } from "../platform/round-trip.ts";
import type { Shape, ShapeName } from "../platform/shape.ts";
import { type CaseRun, runCase } from "../run/run-case.ts";
import { difference } from "./difference.ts";
import type { AnswerLoss, Loss, RequestLoss } from "./loss.ts";
import { losses as allLosses } from "./losses.ts";
import { runLines } from "./normalise.ts";

/** How one case went through one shape. */
export type Cell =
  | { readonly verdict: "equal" }
  /** Not equal, and exactly as the named losses say. */
  | { readonly verdict: "listed"; readonly losses: readonly string[]; readonly difference: readonly string[] }
  | { readonly verdict: "differs"; readonly difference: readonly string[] };

/** Runs one case plain once, and again for each changed request that a loss leads to. */
export class PlainRuns {
  readonly #item: Case;
  readonly #folder: string;
  readonly #runs = new Map<string, Promise<CaseRun>>();

  constructor(item: Case, folder: string) {
    this.#item = item;
    this.#folder = folder;
  }

  /** The run as the client sends its requests. */
  plain(): Promise<CaseRun> {
    return this.#run("", (request) => request);
  }

  /** The run of what is left of the requests behind a shape. */
  reduced(shape: ShapeName, losses: readonly RequestLoss[]): Promise<CaseRun> {
    const key = `${shape}\n${losses.map(({ name }) => name).join("\n")}`;
    return this.#run(key, (request) => {
      let changed = complete(request);
      for (const loss of losses) changed = loss.change(changed, shape);
      return changed;
    });
  }

  #run(key: string, rewrite: (request: ClientRequest) => ClientRequest): Promise<CaseRun> {
    let run = this.#runs.get(key);
    if (run === undefined) {
      run = runCase(this.#item, { folder: this.#folder, rewrite });
      this.#runs.set(key, run);
    }
    return run;
  }
}

function applyAnswerLosses(run: CaseRun, losses: readonly AnswerLoss[], shape: ShapeName): Answer[] {
  return run.answers.map((answer, index) => {
    let changed = answer;
    for (const loss of losses) changed = loss.change(changed, shape, run.requests[index] ?? { target: "/" });
    return changed;
  });
}

function isRequestLoss(loss: Loss): loss is RequestLoss {
  return loss.side === "request";
}

async function predict(plain: PlainRuns, shape: ShapeName, losses: readonly Loss[]): Promise<string[]> {
  const requestLosses = losses.filter(isRequestLoss);
  const answerLosses = losses.filter((loss) => !isRequestLoss(loss)) as AnswerLoss[];
  const run = requestLosses.length === 0 ? await plain.plain() : await plain.reduced(shape, requestLosses);
  return runLines(applyAnswerLosses(run, answerLosses, shape), run.records);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

/** Leaves out, one after the other, the losses without which the prediction is right as well. */
async function neededLosses(
  plain: PlainRuns,
  shape: ShapeName,
  losses: readonly Loss[],
  actual: readonly string[],
): Promise<string[]> {
  let needed = losses;
  for (const loss of losses) {
    const fewer = needed.filter((other) => other !== loss);
    if (isSame(await predict(plain, shape, fewer), actual)) needed = fewer;
  }
  return needed.map(({ name }) => name);
}

/**
 * Runs a case through a shape and compares it with plain Node.
 *
 * @param item the case
 * @param shape the shape
 * @param plain its runs without a shape
 * @param folder the static files
 */
export async function compareCell(item: Case, shape: Shape, plain: PlainRuns, folder: string): Promise<Cell> {
  const expected = await plain.plain();
  const run = await runCase(item, {
    folder,
    wrap: (listener) => roundTrip(shape, listener),
    recordCount: expected.records.length,
  });
  const expectedLines = runLines(expected.answers, expected.records);
  const actualLines = runLines(run.answers, run.records);
  if (isSame(expectedLines, actualLines)) return { verdict: "equal" };
  const losses = allLosses.filter((loss) => loss.shapes.includes(shape.name));
  const predicted = await predict(plain, shape.name, losses);
  if (!isSame(predicted, actualLines)) return { verdict: "differs", difference: difference(predicted, actualLines) };
  const names = await neededLosses(plain, shape.name, losses, actualLines);
  return { verdict: "listed", losses: names, difference: difference(expectedLines, actualLines) };
}
