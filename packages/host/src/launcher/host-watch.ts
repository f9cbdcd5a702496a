import { type ChildProcess, spawn } from "node:child_process";

/**
 * Keeps a list of process groups, told on its standard input as "+ GROUP" and "- GROUP". The end of the input is the end of
 * the host: groups are asked to end, frozen ones go on so that they can, and what is left is killed a second later, and so is
 * what is left in the control groups told as "c FOLDER". Each group is a variable: a shell finds one among thousands in a
 * microsecond, where a list would be gone through.
 */
const script = `
trap '' HUP INT TERM
set -f
while read -r op group; do
  case $op in
    +) eval "g$group=1" ;;
    -) unset "g$group" ;;
    c) set -- "$@" "$group" ;;
  esac
done
groups=
for each in $(set); do
  case $each in g[0-9]*=*) each=\${each%%=*}; groups="$groups \${each#g}" ;; esac
done
[ -z "$groups" ] && exit
for each in $groups; do kill -s TERM -- "-$each"; kill -s CONT -- "-$each"; done
sleep 1
for each in $groups; do kill -s KILL -- "-$each"; done
for folder; do [ -d "$folder" ] && echo 1 > "$folder/cgroup.kill"; done
[ $# = 0 ] && exit
sleep 1
set +f
for folder; do rmdir "$folder"/*/ "$folder"; done
`;

/** Who holds each group: its number may come again before the one who had it first has let it go. */
const groups: Map<number, symbol> = new Map();
/** Folders of control groups with whatever instances start, also what left its process group. */
const cgroups: Set<string> = new Set();
let watch: ChildProcess | null = null;
let isStarting = false;

/**
 * Makes a process group end when this process does, however that ends. A killed host cannot end anything itself, a stopped
 * process notices nothing, and Linux's parent-death signal reaches one process, not what that started: so a shell of
 * 1 MB waits for the host to go. It runs only while there is a group to watch. Where there is no `sh`, such as in an image
 * of Node alone, the host is the container's first process, and takes all others with it.
 *
 * @returns releases the group: call it when the group is gone, since its number may come again
 */
export function endWithHost(group: number): () => void {
  if (process.platform === "win32") return () => {};
  const holder = Symbol();
  groups.set(group, holder);
  if (watch !== null) tell(`+ ${group}\n`);
  else start();
  return () => {
    if (groups.get(group) !== holder) return;
    groups.delete(group);
    if (groups.size > 0) return tell(`- ${group}\n`);
    // Its input ends without a group in the list: it just goes.
    tell(`- ${group}\n`);
    watch?.stdin?.end();
    watch = null;
  };
}

/**
 * Makes all processes in a control group, and in those below it, end with this process, as long as some process group does.
 *
 * @returns releases it
 */
export function watchCgroup(folder: string): () => void {
  cgroups.add(folder);
  if (watch !== null) tell(`c ${folder}\n`);
  // The watch need not be told: the folder is gone then.
  return () => cgroups.delete(folder);
}

/** Whether a group is one that ends with this process. */
export function isWatched(group: number): boolean {
  return groups.has(group);
}

/** Not at once: the instance, for which somebody waits, comes first. */
function start(): void {
  if (isStarting) return;
  isStarting = true;
  setImmediate(() => {
    isStarting = false;
    if (watch !== null || groups.size === 0) return;
    try {
      watch = spawnWatch();
    } catch {
      // Some refusals of the system, such as ENOMEM, come at once: it is tried again when the next group comes.
    }
  }).unref();
}

function spawnWatch(): ChildProcess {
  const startedAt = performance.now();
  const child = spawn("/bin/sh", ["-c", script, "tidegate-watch"], {
    // Of its own group and session: what ends the host on purpose must not end it.
    detached: true,
    cwd: "/",
    env: { PATH: process.env.PATH },
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    // Where there is no shell there will be none. Of descriptors or processes there may be some when the next group comes.
    if (watch === child && error.code !== "ENOENT") watch = null;
  });
  child.stdin?.on("error", () => {}); // it is gone; "exit" tells
  child.on("exit", () => {
    if (watch !== child) return;
    watch = null;
    // Somebody killed it. One that does not live for a second is not tried again before the next group comes.
    if (performance.now() - startedAt > 1_000) start();
  });
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  child.stdin?.write(
    [...[...cgroups].map((folder) => `c ${folder}\n`), ...[...groups.keys()].map((group) => `+ ${group}\n`)].join(""),
  );
  return child;
}

function tell(line: string): void {
  watch?.stdin?.write(line);
}
