import { standIn } from "./stand-in.ts";

type Usage = { [figure: string]: number };
type CpuUsage = (previous?: NodeJS.CpuUsage) => NodeJS.CpuUsage;

/** Figures of `process.resourceUsage()` that are a state and no sum. */
const states = new Set(["maxRSS", "sharedMemorySize", "unsharedDataSize", "unsharedStackSize"]);

/**
 * The kernel counts a child's use from zero. Programs take differences to what they read at load, and metrics refuse to go
 * down (prom-client throws): the figures go on from those of the template.
 * Called in the template, where nothing reads them any more, so that children find it done.
 */
export function carryUsage(): void {
  carryCpuUsage("cpuUsage");
  carryCpuUsage("threadCpuUsage");
  carryResourceUsage();
}

function carryCpuUsage(name: string): void {
  const table = process as unknown as { [name: string]: CpuUsage | undefined };
  const read = table[name]?.bind(process);
  const original = table[name];
  if (read === undefined || original === undefined) return;
  const base = read();
  table[name] = standIn(original, (previous?: NodeJS.CpuUsage) => {
    if (previous !== undefined) read(previous); // Node checks what it is given
    const used = read();
    const user = used.user + base.user - (previous?.user ?? 0);
    return { user, system: used.system + base.system - (previous?.system ?? 0) };
  });
}

function carryResourceUsage(): void {
  const original = process.resourceUsage;
  const read = original.bind(process) as unknown as () => Usage;
  const base = read();
  process.resourceUsage = standIn(original, () => {
    const used = read();
    for (const [figure, value] of Object.entries(base)) {
      if (!states.has(figure)) used[figure] = (used[figure] ?? 0) + value;
    }
    return used as unknown as NodeJS.ResourceUsage;
  });
}
