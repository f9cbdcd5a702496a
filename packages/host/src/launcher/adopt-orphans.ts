import type { Forking } from "@tidegate/fork";
import { OrphanSweep } from "./orphan-sweep.ts";

let adopter: { readonly forking: Forking; readonly sweep: OrphanSweep } | null = null;

/**
 * Makes this process the one that its descendants fall to when their parent ends (prctl(2), PR_SET_CHILD_SUBREAPER): so
 * it becomes the parent of forked instances, but also of whatever an instance leaves behind, which it therefore has to reap.
 *
 * @throws what the system says, with its `code`
 */
export function adoptOrphans(forking: Forking): void {
  if (adopter !== null) return;
  forking.becomeSubreaper();
  adopter = { forking, sweep: new OrphanSweep(forking) };
  adopter.sweep.start();
}

/**
 * Takes note of the ends of this group's processes that fell to us.
 * @returns whether there are some that have not ended yet
 */
export function reapGroup(group: number): boolean {
  return adopter?.forking.reapGroup(group) ?? false;
}
