import type { EffectRow } from "../effect-row.ts";
import { isNode } from "../harmless-callers.ts";
import {
  bothFiles,
  fileWords,
  firstFile,
  isInput,
  makesFolder,
  opensForWriting,
  readsDevice,
  readsInput,
  readsOwnProcess,
  streamsToFile,
  writesFile,
} from "./file-arguments.ts";

type Rest = Omit<EffectRow, "of" | "names">;

/** A row for each form that a function of `node:fs` has: with a callback, synchronous, and of promises. */
function files(names: readonly string[], rest: Rest): EffectRow[] {
  return [
    { of: "node:fs", names: names.flatMap((name) => [name, `${name}Sync`]), ...rest },
    { of: "node:fs/promises", names, ...rest },
  ];
}

const openers = ["open"];
const readers = ["open", "readFile", "openAsBlob"];
const changesOfOne = [
  ...["unlink", "rmdir", "rm", "mkdtemp", "mkdtempDisposable", "truncate", "ftruncate"],
  ...["chmod", "lchmod", "fchmod", "chown", "lchown", "fchown", "utimes", "lutimes", "futimes"],
];

/** Files: what changes them or their folders, and what can be read but once. Reading files and folders is no effect. */
export const fileEffects: readonly EffectRow[] = [
  ...files(openers, { effect: "open-for-writing", when: opensForWriting, what: firstFile }),
  ...files(["writeFile", "appendFile"], { effect: "open-for-writing", when: writesFile, what: firstFile }),
  {
    effect: "open-for-writing",
    of: "node:fs",
    names: ["write", "writeSync", "writev", "writevSync"],
    when: writesFile,
    what: firstFile,
  },
  {
    effect: "open-for-writing",
    of: "node:fs",
    names: ["createWriteStream"],
    when: streamsToFile,
    what: ([path]) => fileWords(path),
  },
  {
    effect: "open-for-writing",
    of: "FileHandle",
    names: ["write", "writev", "writeFile", "appendFile", "createWriteStream", "writer"],
    what: (_args, self) => fileWords(self),
  },
  ...files(["mkdir"], { effect: "change-file", when: makesFolder, what: firstFile }),
  ...files(changesOfOne, { effect: "change-file", what: firstFile }),
  ...files(["rename", "copyFile", "cp", "link", "symlink"], { effect: "change-file", what: bothFiles }),
  {
    effect: "change-file",
    of: "FileHandle",
    names: ["chmod", "chown", "utimes", "truncate"],
    what: (_args, self) => fileWords(self),
  },
  { effect: "watch-file", of: "node:fs", names: ["watch", "watchFile"], what: firstFile },
  { effect: "watch-file", of: "node:fs/promises", names: ["watch"], what: firstFile },
  ...files(readers, { effect: "process-id", when: readsOwnProcess, what: firstFile }),
  ...files(readers, { effect: "read-device", when: readsDevice, what: firstFile }),
  ...files(["readFile"], { effect: "stdin", when: readsInput }),
  { effect: "stdin", of: "node:fs", names: ["read", "readSync", "readv", "readvSync"], when: readsInput },
  { effect: "stdin", of: "process", names: ["stdin"], kind: "property", when: isInput, spare: isNode },
];
