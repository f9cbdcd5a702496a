import { execFile } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What the tests of the image need; Debian's packages have the same names. */
const programs = ["buildah", "podman", "runc"] as const;

/** How to get the programs, for messages. */
export const installHint: string = `apt-get install --no-install-recommends ${programs.join(" ")}`;

/**
 * Flags with which containers are built and run also inside a container: no systemd, no overlay mounts, no network
 * of their own, and limits within those of the outer container.
 */
const flags = {
  storage: ["--storage-driver", "vfs"],
  podman: ["--runtime", "runc", "--cgroup-manager", "cgroupfs"],
  // The OCI format has no health check.
  build: ["--isolation", "chroot", "--format", "docker"],
  run: ["--network", "host", "--ulimit", "nofile=1024:4096", "--ulimit", "nproc=4096:4096"],
} as const;

/** Programs that this machine lacks. */
export function missingPrograms(): string[] {
  return programs.filter((program) => findProgram(program) === null);
}

/** Absolute path of a program in PATH; null when it is not there. */
export function findProgram(name: string): string | null {
  const isExecutable = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  const paths = (process.env.PATH ?? "").split(delimiter).map((dir) => join(dir, name));
  return paths.find(isExecutable) ?? null;
}

/** Buildah and Podman over a storage of their own, so that nothing of this machine's is seen, changed or left behind. */
export interface ContainerTools {
  /** Temporary folder; gone after `close`. */
  readonly folder: string;
  /** Runs Buildah and returns what it printed, trimmed. */
  buildah(...args: readonly string[]): Promise<string>;
  /** Builds an image from a Containerfile. */
  build(...args: readonly string[]): Promise<string>;
  /** Runs Podman and returns what it printed, trimmed. */
  podman(...args: readonly string[]): Promise<string>;
  /** The command line that runs a container in the foreground. */
  runCommand(...args: readonly string[]): readonly [program: string, args: readonly string[]];
  /** Removes containers, volumes, images and the folder. */
  close(): Promise<void>;
}

export function createContainerTools(): ContainerTools {
  // Podman takes no more than 50 characters for its run folder.
  const folder = mkdtempSync(join(tmpdir(), "tidegate-image-"));
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run"), ...flags.storage];
  const podmanFlags = [...storage, ...flags.podman];
  const buildah = (...args: readonly string[]): Promise<string> => output("buildah", [...storage, ...args]);
  const podman = (...args: readonly string[]): Promise<string> => output("podman", [...podmanFlags, ...args]);
  return {
    folder,
    buildah,
    build: (...args) => buildah("build", ...flags.build, ...args),
    podman,
    runCommand: (...args) => ["podman", [...podmanFlags, "run", ...flags.run, ...args]],
    close: async () => {
      await podman("rm", "--all", "--force", "--volumes", "--time", "0");
      await podman("volume", "prune", "--force");
      await buildah("rm", "--all");
      await buildah("rmi", "--all", "--force");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  } catch (cause) {
    const { code, stdout = "", stderr = "" } = cause as { code?: unknown; stdout?: string; stderr?: string };
    const tail = `${stdout}${stderr}`.trim().split("\n").slice(-40).join("\n");
    throw new Error(`Cannot run ${program} ${args.join(" ")}: exit code ${code}\n${tail}`, { cause });
  }
}
