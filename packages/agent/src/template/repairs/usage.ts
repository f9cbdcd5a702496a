import { standIn } from "./stand-in.ts";

type Usage = { [figure: string]: number };
type CpuUsage = (previous?: NodeJS.CpuUsage) => NodeJS.CpuUsage;

/** Figures of `process.resourceUsage()` that are a state and no sum. */
const states = new Set(["maxRSS", "sharedMemorySize", "unsharedDataSize", "unsharedStackSize"]);

/**
 * The kernel counts a child's use from zero. Programs take differences to what they read at load, and metrics refuse to go
 * down (prom-client throws): the figures go on from those of the template.
 *
 * @returns what is to be called in the child
 */
export function holdUsage(): () => void {
  const bases = [holdCpuUsage("cpuUsage"), holdCpuUsage("threadCpuUsage"), holdResourceUsage()];
  return () => {
    for (const resume of bases) resume();
  };
}

function holdCpuUsage(name: string): () => void {
  const table = process as unknown as { [name: string]: CpuUsage | undefined };
  const read = table[name]?.bind(process);
  const original = table[name];
  if (read === undefined || original === undefined) return () => {};
  const base = read();
  return () => {
    table[name] = standIn(original, (previous?: NodeJS.CpuUsage) => {
      if (previous !== undefined) read(previous); // Node checks what it is given
      const used = read();
      const user = used.user + base.user - (previous?.user ?? 0);
      return { user, system: used.system + base.system - (previous?.system ?? 0) };
    });
  };
}

function holdResourceUsage(): () => void {
  const original = process.resourceUsage;
  const read = original.bind(process) as unknown as () => Usage;
  const base = read();
  return () => {
    process.resourceUsage = standIn(original, () => {
      const used = read();
      for (const [figure, value] of Object.entries(base))
        if (!states.has(figure)) used[figure] = (used[figure] ?? 0) + value;
      return used as unknown as NodeJS.ResourceUsage;
    });
  };
}
