import type { ChaosRecord, Sent } from "./chaos-run.ts";
import { type Ending, type Evidence, judge } from "./verdict.ts";

/** More than this of the heap that stays, for each request, is a leak, in bytes; less than the second in all is none. */
const leakBytesPerRequest = 50;
const leastLeakBytes = 3 * 1024 * 1024;

/** Growth of the resident memory over some minutes that no heap explains, in bytes a minute. */
const leakBytesPerMinute = 4 * 1024 * 1024;

/** Descriptors more than before that are no leak: what Node opens at its first use of something. */
const spareDescriptors = 4;

/** What its inspector keeps open besides. */
const inspectorDescriptors = 7;

/** A request that ended as it must not have. */
export interface Violation {
  readonly sent: Sent;
  readonly why: string;
  /** What is known of it, in the order of time. */
  readonly history: readonly string[];
}

export interface Findings {
  readonly endings: ReadonlyMap<Ending, number>;
  /** Endings of the requests that were in an instance when it died, or made it die, by the fault it died of. */
  readonly byFault: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly violations: readonly Violation[];
  /** What was left behind, and what else is wrong with the run, one sentence each. */
  readonly problems: readonly string[];
}

/** Draws the conclusions of a run. */
export function findingsOf(record: ChaosRecord): Findings {
  const deaths = deathsOf(record);
  const dead = new Set(deaths.keys());
  const endings = new Map<Ending, number>();
  const byFault = new Map<string, Map<string, number>>();
  const violations: Violation[] = [];
  const functions = new Map(
    [...new Set(record.sent.map(({ plan }) => plan.function))].map((name) => {
      const pids = record.host.log.pidsOfFunction(name);
      return [name, [...deaths].filter(([pid]) => pids.has(pid)).map(([, death]) => death.at)] as const;
    }),
  );
  for (const sent of record.sent) {
    const { plan, outcome } = sent;
    const entries = record.journal.get(plan.id) ?? [];
    const evidence: Evidence = {
      entries,
      records: record.host.log.records.get(plan.id) ?? [],
      dead,
      pidsOf: (instance) => record.host.log.pidsOf(instance),
      deathsBetween: (from, to) => (functions.get(plan.function) ?? []).filter((at) => at >= from && at <= to).length,
    };
    const verdict = judge(plan, outcome, evidence);
    const ending = verdict.ok ? verdict.ending : "VIOLATION";
    if (verdict.ok) endings.set(verdict.ending, (endings.get(verdict.ending) ?? 0) + 1);
    else violations.push({ sent, why: verdict.why, history: historyOf(sent, evidence, deaths) });
    for (const kind of faultsThatMet(sent, evidence, deaths)) {
      const counts = byFault.get(kind) ?? new Map<string, number>();
      counts.set(ending, (counts.get(ending) ?? 0) + 1);
      byFault.set(kind, counts);
    }
  }
  return { endings, byFault, violations, problems: problemsOf(record) };
}

interface Death {
  readonly at: number;
  readonly kind: string;
}

/** When and of what each process died that did not end as the host wanted. */
function deathsOf({ faults, journal, sent }: ChaosRecord): Map<number, Death> {
  const deaths = new Map<number, Death>();
  for (const { kind, at, pids } of faults) for (const pid of pids) if (pid > 0) deaths.set(pid, { at, kind });
  const kindOf = new Map(faults.map(({ kind, target }) => [target, kind]));
  for (const { plan } of sent) {
    for (const { word, pid, at } of journal.get(plan.id) ?? []) {
      if (word === "k" && !deaths.has(pid)) deaths.set(pid, { at, kind: kindOf.get(plan.id) ?? "die" });
    }
  }
  return deaths;
}

/** Faults by which an instance died that had the request and was not done with it. */
function faultsThatMet(
  { outcome }: Sent,
  { entries, records, pidsOf }: Evidence,
  deaths: ReadonlyMap<number, Death>,
): Set<string> {
  const met = new Set<string>();
  for (const pid of [...entries.map((entry) => entry.pid), ...pidsOf(records[0]?.instance ?? null)]) {
    const death = deaths.get(pid);
    if (death !== undefined && death.at >= outcome.sentAt - 50 && death.at <= outcome.endedAt + 50) met.add(death.kind);
  }
  return met;
}

function historyOf(sent: Sent, { entries, records, pidsOf }: Evidence, deaths: ReadonlyMap<number, Death>): string[] {
  const { plan, outcome } = sent;
  const pids = new Set([...entries.map(({ pid }) => pid), ...pidsOf(records[0]?.instance ?? null)]);
  const lines: (readonly [at: number, text: string])[] = [
    [outcome.sentAt, `client sends ${JSON.stringify(plan)}`],
    ...entries.map(({ at, pid, word, detail }) => [at, `process ${pid} notes ${word} ${detail}`] as const),
    ...[...pids].flatMap((pid) => {
      const death = deaths.get(pid);
      return death === undefined ? [] : [[death.at, `process ${pid} dies: ${death.kind}`] as const];
    }),
    [outcome.endedAt, `client saw ${JSON.stringify(outcome)}`],
  ];
  lines.sort((a, b) => a[0] - b[0]);
  return [
    ...lines.map(([at, text]) => `${new Date(at).toISOString().slice(11, 23)} ${text}`),
    ...records.map((record) => `record ${JSON.stringify(record)}`),
  ];
}

function problemsOf(record: ChaosRecord): string[] {
  const { before, after, memory, badEnd } = record;
  const problems: string[] = [];
  const list = (what: string, items: readonly (string | number)[]): void => {
    if (items.length > 0) problems.push(`${what}: ${items.slice(0, 8).join(", ")}`);
  };
  list("instances that stay without load", record.leftInstances);
  list("children of templates that stay, beside one for each", record.leftChildren);
  list("sockets of instances that are gone", record.leftSockets);
  list("processes left behind by the stopped host", record.leftProcesses);
  list("files left behind by the stopped host", record.leftFiles);
  if (before === null || after === null) problems.push("the host could not be looked at: it is gone");
  else {
    const more = after.descriptors - before.descriptors;
    const spare = spareDescriptors + (record.heap.late === null ? 0 : inspectorDescriptors);
    if (more > spare)
      problems.push(`${more} descriptors more than before, ${after.sockets - before.sockets} of them sockets`);
  }
  const growth = memory.growthPerMinute;
  if (growth !== null && growth > leakBytesPerMinute) {
    problems.push(`the host's memory grows by ${(growth / 1024 / 1024).toFixed(1)} MiB a minute`);
  }
  list("errors of the host that nobody caught", record.host.log.faults);
  const { early, late, requestsBetween } = record.heap;
  const kept = early === null || late === null ? 0 : late - early;
  if (kept > Math.max(leastLeakBytes, requestsBetween * leakBytesPerRequest)) {
    problems.push(`the host's heap kept ${(kept / 1024 / 1024).toFixed(1)} MiB of ${requestsBetween} requests`);
  }
  if (badEnd !== null) problems.push(badEnd);
  const known = new Set(record.sent.map(({ plan }) => plan.id));
  const strangers = [...record.host.log.records.keys()].filter((id) => !known.has(id) && !id.startsWith("w"));
  list("records of requests that nobody sent", strangers);
  const done = new Set<string>(record.faults.map(({ kind }) => kind));
  list(
    "faults that never came about",
    record.kinds.filter((kind) => !done.has(kind)),
  );
  return problems;
}
