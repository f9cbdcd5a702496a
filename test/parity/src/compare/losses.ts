import { answerLosses } from "./answer-losses.ts";
import { bodyLosses } from "./body-losses.ts";
import { headerLosses } from "./header-losses.ts";
import type { Loss } from "./loss.ts";
import { targetLosses } from "./target-losses.ts";

/** Every known loss, in the order in which they are applied. */
export const losses: readonly Loss[] = [...targetLosses, ...bodyLosses, ...headerLosses, ...answerLosses];
