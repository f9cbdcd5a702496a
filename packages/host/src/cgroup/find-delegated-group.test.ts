import { expect, test } from "vitest";
import { type CgroupView, findDelegatedGroup, findOwnGroup } from "./find-delegated-group.ts";

const unified = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
const hybrid = [
  "33 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
  "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
].join("\n");
const service = "/system.slice/shop.service";

/** A machine with these groups: their folders, and who owns them. */
interface Machine {
  readonly name: string;
  readonly cgroup: string;
  readonly mountinfo: string;
  readonly uid: number;
  readonly owners: Readonly<Record<string, number>>;
  /** Folders that are the kernel's root group. */
  readonly roots?: readonly string[];
  readonly isReadOnly?: boolean;
  readonly found: string | null;
}

function viewOf({ cgroup, mountinfo, uid, owners, roots = [], isReadOnly = false }: Machine): CgroupView {
  return {
    uid,
    owner: (folder) => owners[folder] ?? null,
    isWritable: (folder) => !isReadOnly && (uid === 0 || owners[folder] === uid),
    read: (path) => {
      if (path === "/proc/self/cgroup") return cgroup;
      if (path === "/proc/self/mountinfo") return mountinfo;
      const folder = path.replace(/\/cgroup\.events$/, "");
      return folder in owners && !roots.includes(folder) ? "populated 1\nfrozen 0\n" : null;
    },
  };
}

const machines: readonly Machine[] = [
  {
    name: "a service of systemd with User= and Delegate=",
    cgroup: `0::${service}\n`,
    mountinfo: unified,
    uid: 1000,
    owners: { [`/sys/fs/cgroup${service}`]: 1000, "/sys/fs/cgroup/system.slice": 0 },
    found: `/sys/fs/cgroup${service}`,
  },
  {
    name: "one with DelegateSubgroup=, too",
    cgroup: `0::${service}/host\n`,
    mountinfo: unified,
    uid: 1000,
    owners: {
      [`/sys/fs/cgroup${service}/host`]: 1000,
      [`/sys/fs/cgroup${service}`]: 1000,
      "/sys/fs/cgroup/system.slice": 0,
    },
    found: `/sys/fs/cgroup${service}`,
  },
  {
    name: "one whose subgroup stays the manager's",
    cgroup: `0::${service}/host\n`,
    mountinfo: unified,
    uid: 1000,
    owners: {
      [`/sys/fs/cgroup${service}/host`]: 0,
      [`/sys/fs/cgroup${service}`]: 1000,
      "/sys/fs/cgroup/system.slice": 0,
    },
    found: `/sys/fs/cgroup${service}`,
  },
  {
    name: "a service without Delegate=",
    cgroup: `0::${service}\n`,
    mountinfo: unified,
    uid: 1000,
    owners: { [`/sys/fs/cgroup${service}`]: 0 },
    found: null,
  },
  {
    name: "a service of root, delegated or not",
    cgroup: `0::${service}\n`,
    mountinfo: unified,
    uid: 0,
    owners: { [`/sys/fs/cgroup${service}`]: 0 },
    found: null,
  },
  {
    name: "a terminal of a desktop: its group belongs to the user, and to the user's manager",
    cgroup: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n",
    mountinfo: unified,
    uid: 1000,
    owners: { "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope": 1000 },
    found: null,
  },
  {
    name: "a container whose namespace may be written",
    cgroup: "0::/\n",
    mountinfo: unified,
    uid: 0,
    owners: { "/sys/fs/cgroup": 0 },
    found: "/sys/fs/cgroup",
  },
  {
    name: "a container whose namespace is read-only, as by default",
    cgroup: "0::/\n",
    mountinfo: unified,
    uid: 0,
    owners: { "/sys/fs/cgroup": 0 },
    isReadOnly: true,
    found: null,
  },
  {
    name: "a machine without a manager, where all are in the root",
    cgroup: "1:cpu:/\n0::/\n",
    mountinfo: hybrid,
    uid: 0,
    owners: { "/sys/fs/cgroup/unified": 0 },
    roots: ["/sys/fs/cgroup/unified"],
    found: null,
  },
  { name: "version 1 alone", cgroup: "1:cpu:/\n", mountinfo: hybrid, uid: 0, owners: {}, found: null },
  { name: "no such system", cgroup: "", mountinfo: "", uid: 1000, owners: {}, found: null },
];

test.each(machines)("findDelegatedGroup of $name", (machine) => {
  expect(findDelegatedGroup(viewOf(machine))).toBe(machine.found);
});

test.each([
  { name: "hybrid", cgroup: "2:pids:/x\n0::/a/b\n", mountinfo: hybrid, folder: "/sys/fs/cgroup/unified/a/b" },
  {
    name: "a part of the hierarchy, bound",
    cgroup: "0::/docker/1\n",
    mountinfo: "9 8 0:26 /docker/1 /groups\\040here rw - cgroup2 none rw",
    folder: "/groups here",
  },
  {
    name: "a namespace below which the process is not",
    cgroup: "0::/../other\n",
    mountinfo: unified,
    folder: null,
  },
])("findOwnGroup where there is $name", ({ cgroup, mountinfo, folder }) => {
  const read = (path: string): string => (path.endsWith("mountinfo") ? mountinfo : cgroup);
  expect(findOwnGroup({ read })?.folder ?? null).toBe(folder);
});
