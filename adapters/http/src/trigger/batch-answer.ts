import type { TriggerSource } from "@tidegate/core";
import { batchFailed, type ItemResult } from "./run-batch.ts";

/** Answer to AWS: what has to come again. Format: Lambda developer guide, "Implementing partial batch responses". */
export interface PartialBatchAnswer {
  batchItemFailures: { itemIdentifier: unknown }[];
}

function toIdentifiers(results: readonly ItemResult[]): PartialBatchAnswer {
  return { batchItemFailures: results.map(({ item }) => ({ itemIdentifier: item.failureId })) };
}

/** Of each group the first that was not done: the platform goes on from there. */
function firstOfGroups(missed: readonly ItemResult[]): ItemResult[] {
  const groups = new Set<string | undefined>();
  return missed.filter(({ item }) => {
    const isFirst = !groups.has(item.group);
    groups.add(item.group);
    return isFirst;
  });
}

interface Message {
  ack?: unknown;
  retry?: unknown;
}

/** Tells each message how it ended. @returns whether every message that has to come again could be told so */
function acknowledge(results: readonly ItemResult[]): boolean {
  let isTold = true;
  for (const { item, state } of results) {
    const message = item.record as Message;
    const tell = state === "done" ? message.ack : message.retry;
    if (typeof tell === "function") tell.call(message);
    else if (state !== "done") isTold = false;
  }
  return isTold;
}

function logFailures(results: readonly ItemResult[]): void {
  for (const result of results) if (result.state === "failed") console.error(result.error);
}

/**
 * Answers for a batch: what its source wants to hear of failures, or an error that makes all of it come again.
 *
 * @param source the batch's format
 * @param results how its items ended
 * @param partialBatch whether AWS was told to read the answer
 * @returns a list for the sources that read one, empty when all is done: it then means the same as `null` to AWS,
 * whether the mapping reads it or not
 * @throws TIDEGATE_EVENT_FAILED
 */
export function answerBatch(
  source: TriggerSource,
  results: readonly ItemResult[],
  partialBatch: boolean,
): PartialBatchAnswer | null {
  const missed = results.filter(({ state }) => state !== "done");
  const isTold = source.partialFailures === "acknowledge" && acknowledge(results);
  const takesList = source.partialFailures === "items" || source.partialFailures === "checkpoint";
  if (missed.length === 0) return takesList ? { batchItemFailures: [] } : null;
  if (!isTold && !(takesList && partialBatch)) throw batchFailed(results, source.name);
  // The platform sees no error, so that nothing else would log it.
  logFailures(missed);
  if (isTold) return null;
  return toIdentifiers(source.partialFailures === "items" ? missed : firstOfGroups(missed));
}
