import { TidegateError, type TriggerItem } from "@tidegate/core";

/** How one item of a batch ended. Not tried: an earlier one of its group failed, or the time was over. */
export type ItemResult =
  | { readonly item: TriggerItem; readonly state: "done"; readonly value: unknown }
  | { readonly item: TriggerItem; readonly state: "failed"; readonly error: unknown }
  | { readonly item: TriggerItem; readonly state: "untried" };

/** How a batch is worked on. */
export interface BatchRun {
  /** Items in work at the same time. */
  readonly concurrency: number;
  /** Milliseconds since 1970 after which none is begun; `undefined` for never. */
  readonly dueMs: number | undefined;
  /** Works on one item. */
  run(item: TriggerItem, index: number): Promise<unknown>;
}

/** Items that have to be worked on one after the other, by their places in the batch. */
type Lane = number[];

function toLanes(items: readonly TriggerItem[]): Lane[] {
  const lanes: Lane[] = [];
  const laneOf = new Map<string, Lane>();
  items.forEach(({ group }, index) => {
    let lane = group === undefined ? undefined : laneOf.get(group);
    if (lane === undefined) {
      lane = [];
      lanes.push(lane);
      if (group !== undefined) laneOf.set(group, lane);
    }
    lane.push(index);
  });
  return lanes;
}

/**
 * Works on all items. What stands alone is tried whatever happened to the others: a queue gives up on a message it
 * delivered too often, so one that always fails must not keep its neighbours from ever being tried.
 *
 * @returns how each ended, in the order of the items
 */
export async function runBatch(items: readonly TriggerItem[], batch: BatchRun): Promise<ItemResult[]> {
  const results: ItemResult[] = items.map((item) => ({ item, state: "untried" }));
  const lanes = toLanes(items).values();
  const isOver = (): boolean => batch.dueMs !== undefined && Date.now() >= batch.dueMs;

  async function tryItem(index: number): Promise<boolean> {
    const item = items[index];
    if (item === undefined || isOver()) return false;
    try {
      results[index] = { item, state: "done", value: await batch.run(item, index) };
      return true;
    } catch (error) {
      results[index] = { item, state: "failed", error };
      return false;
    }
  }

  async function work(): Promise<void> {
    // Workers share the iterator: each takes the next lane nobody has.
    for (const lane of lanes) {
      for (const index of lane) {
        if (!(await tryItem(index))) break;
      }
    }
  }

  const workers = Math.min(batch.concurrency, items.length);
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

/** The error of a batch that has to come again as a whole. */
export function batchFailed(results: readonly ItemResult[], platform: string): TidegateError {
  const failures = results.filter((result) => result.state === "failed");
  const untried = results.filter(({ state }) => state === "untried");
  const first = failures[0];
  if (first !== undefined && results.length === 1 && first.error instanceof TidegateError) return first.error;
  const reason =
    first === undefined ? "" : `; first: ${first.error instanceof Error ? first.error.message : String(first.error)}`;
  const state = `${failures.length} of ${results.length} events failed, ${untried.length} were not tried`;
  const options = first === undefined ? undefined : { cause: first.error };
  return new TidegateError(
    "TIDEGATE_EVENT_FAILED",
    `Cannot complete batch of "${platform}": ${state}${reason}`,
    options,
  );
}
