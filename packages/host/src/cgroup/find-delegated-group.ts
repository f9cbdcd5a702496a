import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a search looks at. Others in tests. */
export interface CgroupView {
  /** Reads a file; null when it is not there. */
  readonly read: (path: string) => string | null;
  /** User id of a folder's owner; null when it is not there. */
  readonly owner: (folder: string) => number | null;
  /** Whether this process may make folders in it. */
  readonly isWritable: (folder: string) => boolean;
  /** User id of this process. */
  readonly uid: number;
}

/** The group of version 2 that this process is in, by its folders. */
export interface OwnGroup {
  /** Where the hierarchy is mounted: folders above are none of it. */
  readonly mount: string;
  readonly folder: string;
  /** As the system's managers name it, such as "/system.slice/shop.service". */
  readonly path: string;
}

/** Units of a user's own manager belong to that user, delegated or not: their owner says nothing. */
const userManager = /\/user@\d+\.service(\/|$)/;

/**
 * Finds the control group whose sub-groups are this process's to make, as systemd delegates them
 * (https://systemd.io/CGROUP_DELEGATION): the system's manager gives a unit's folder to the unit's user only when it is
 * delegated (`Delegate=`, with `User=`), and a container sees the group it was given as the root of its namespace. Where it is
 * not clear that a group is delegated, such as for a service that runs as root, it is not: a manager must never find groups
 * of others among its own.
 *
 * @returns the folder; null when there is none
 */
export function findDelegatedGroup(view: CgroupView = systemView()): string | null {
  const own = findOwnGroup(view);
  if (own === null) return null;
  const folder = isNamespaceRoot(own, view) ? own.folder : ownedGroup(own, view);
  return folder !== null && view.isWritable(folder) ? folder : null;
}

/** A namespace's root is a group like others to the kernel; the true root is none, and has no events. */
function isNamespaceRoot({ path, folder }: OwnGroup, { read }: CgroupView): boolean {
  return path === "/" && read(join(folder, "cgroup.events")) !== null;
}

/** The highest group that belongs to this user: its manager may have put the service into one below (`DelegateSubgroup=`). */
function ownedGroup({ path, folder, mount }: OwnGroup, { uid, owner }: CgroupView): string | null {
  if (uid === 0 || userManager.test(path)) return null;
  let found = owner(folder) === uid ? folder : null;
  for (let each = folder; each !== mount; each = dirname(each)) {
    if (owner(dirname(each)) !== uid) break;
    found = dirname(each);
  }
  return found;
}

/** Finds the folder of the group this process is in; null where no cgroup v2 is mounted that shows it. */
export function findOwnGroup({ read }: Pick<CgroupView, "read"> = systemView()): OwnGroup | null {
  const path = /^0::(\/.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1];
  if (path === undefined) return null;
  for (const line of (read("/proc/self/mountinfo") ?? "").split("\n")) {
    // proc_pid_mountinfo(5): id, parent, device, root, mount point, options, optional fields, "-", type, ...
    const fields = line.split(" ");
    if (fields[fields.indexOf("-") + 1] !== "cgroup2") continue;
    const root = unescaped(fields[3] ?? "");
    const mount = unescaped(fields[4] ?? "");
    const below =
      root === "/" ? path : path === root ? "/" : path.startsWith(`${root}/`) ? path.slice(root.length) : null;
    if (below !== null && !below.startsWith("/.."))
      return { mount, folder: below === "/" ? mount : join(mount, below), path };
  }
  return null;
}

/** Blanks, tabs, line breaks and backslashes are written as octal numbers there. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function systemView(): CgroupView {
  return {
    read: (path) => attempt(() => readFileSync(path, "utf8")),
    owner: (folder) => attempt(() => statSync(folder).uid),
    isWritable: (folder) => attempt(() => accessSync(folder, constants.W_OK) === undefined) ?? false,
    uid: process.getuid?.() ?? 0,
  };
}

function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
