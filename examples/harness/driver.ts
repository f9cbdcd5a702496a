import type { Example, Running } from "./example.ts";
import { canHost, startHosted } from "./start-hosted.ts";
import { startPlain } from "./start-plain.ts";

export interface Way {
  name: string;
  start(example: Example): Promise<Running>;
}

const plain: Way = { name: "by itself", start: startPlain };
const hosted: Way = { name: "through the host", start: startHosted };

/** Every way to run an example; a story told over this table must read the same in each. */
export const ways: Way[] = canHost ? [plain, hosted] : [plain];
