import type { Example, Running } from "./example.ts";
import { startHosted } from "./start-hosted.ts";
import { startPlain } from "./start-plain.ts";

export interface Way {
  name: string;
  start(example: Example): Promise<Running>;
}

/** Every way to run an example; a story told over this table must read the same in each. */
export const ways: Way[] = [
  { name: "by itself", start: startPlain },
  { name: "through the host", start: startHosted },
];
