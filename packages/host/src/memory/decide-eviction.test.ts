import { describe, expect, it } from "vitest";
import {
  decideEviction,
  type FunctionMemory,
  type IdleInstance,
  type MemoryObservations,
  type TemplateMemory,
} from "./decide-eviction.ts";

const idle = (name: string, change: Partial<IdleInstance> = {}): IdleInstance => ({
  name,
  memoryBytes: 60,
  isFrozen: false,
  idleMs: 1_000,
  ...change,
});
const fn = (name: string, change: Partial<FunctionMemory> = {}): FunctionMemory => ({
  name,
  instances: change.idle?.length ?? 0,
  kept: 0,
  recentRequests: 0,
  idle: [],
  ...change,
});

describe("decideEviction", () => {
  const base: MemoryObservations = {
    limitBytes: 1_000,
    usedBytes: 500,
    instanceBytes: 50,
    isStartWanted: false,
    wasTight: false,
    functions: [],
    templates: [],
  };
  const unused: TemplateMemory = { bytes: 40, isUsed: false };
  const used: TemplateMemory = { bytes: 41, isUsed: true };
  const cases: {
    name: string;
    seen: Partial<MemoryObservations>;
    evict: string[];
    drop?: TemplateMemory[];
    canStart: boolean;
    isTight: boolean;
  }[] = [
    {
      name: "leaves all alone while there is enough",
      seen: { functions: [fn("a", { idle: [idle("a1")] })] },
      evict: [],
      canStart: true,
      isTight: false,
    },
    {
      name: "near the limit evicts down to 85 %, and no further",
      seen: {
        usedBytes: 920,
        functions: [fn("a", { idle: [idle("a1"), idle("a2", { memoryBytes: 100 }), idle("a3")] })],
      },
      evict: ["a2"],
      canStart: true,
      isTight: true,
    },
    {
      name: "stays tight until it is well below",
      seen: { usedBytes: 820, wasTight: true },
      evict: [],
      canStart: true,
      isTight: true,
    },
    { name: "relaxes then", seen: { usedBytes: 790, wasTight: true }, evict: [], canStart: true, isTight: false },
    {
      name: "frozen ones first, however small",
      seen: {
        usedBytes: 900,
        functions: [fn("a", { idle: [idle("a1", { idleMs: 1e9 }), idle("a2", { isFrozen: true, memoryBytes: 60 })] })],
      },
      evict: ["a2"],
      canStart: true,
      isTight: true,
    },
    {
      name: "the longest idle first",
      seen: { usedBytes: 900, functions: [fn("a", { idle: [idle("a1"), idle("a2", { idleMs: 2_000 })] })] },
      evict: ["a2"],
      canStart: true,
      isTight: true,
    },
    {
      name: "those of functions that are seldom called first",
      seen: {
        usedBytes: 900,
        functions: [
          fn("a", { recentRequests: 100, idle: [idle("a1")] }),
          fn("b", { idle: [idle("b1", { memoryBytes: 55 })] }),
        ],
      },
      evict: ["b1"],
      canStart: true,
      isTight: true,
    },
    {
      name: "never what is kept without load",
      seen: { usedBytes: 930, functions: [fn("a", { kept: 1, idle: [idle("a1"), idle("a2", { memoryBytes: 50 })] })] },
      evict: ["a1"],
      canStart: true,
      isTight: true,
    },
    {
      name: "busy instances count for what is kept",
      seen: { usedBytes: 930, functions: [fn("a", { kept: 1, instances: 3, idle: [idle("a1"), idle("a2")] })] },
      evict: ["a1", "a2"],
      canStart: true,
      isTight: true,
    },
    {
      name: "but that, too, above the limit",
      seen: {
        usedBytes: 1_010,
        functions: [fn("a", { kept: 2, idle: [idle("a1", { memoryBytes: 90 }), idle("a2", { memoryBytes: 80 })] })],
      },
      evict: ["a1", "a2"],
      canStart: true,
      isTight: true,
    },
    {
      name: "starts none where there is no room for a typical one",
      seen: { usedBytes: 960, instanceBytes: 50 },
      evict: [],
      canStart: false,
      isTight: true,
    },
    {
      name: "makes room for one that is wanted, far from the limit",
      seen: {
        usedBytes: 700,
        instanceBytes: 400,
        isStartWanted: true,
        functions: [fn("a", { idle: [idle("a1", { memoryBytes: 60 }), idle("a2", { memoryBytes: 90 })] })],
      },
      evict: ["a2", "a1"],
      canStart: true,
      isTight: false,
    },
    {
      name: "drops templates that are not used before any instance goes, and no more than it must",
      seen: {
        usedBytes: 920,
        functions: [fn("a", { idle: [idle("a1")] })],
        templates: [{ ...used }, { ...unused, bytes: 50 }, { ...unused, bytes: 20 }, { ...unused, bytes: 30 }],
      },
      evict: [],
      drop: [
        { ...unused, bytes: 50 },
        { ...unused, bytes: 20 },
      ],
      canStart: true,
      isTight: true,
    },
    {
      name: "keeps templates in use: instances without them would need more",
      seen: { usedBytes: 920, functions: [fn("a", { idle: [idle("a1", { memoryBytes: 4 })] })], templates: [used] },
      evict: ["a1"],
      canStart: true,
      isTight: true,
    },
    {
      name: "drops templates in use when the limit is exceeded and nothing else is left",
      seen: {
        usedBytes: 1_050,
        functions: [fn("a", { idle: [idle("a1", { memoryBytes: 4 })] })],
        templates: [used, unused],
      },
      evict: ["a1"],
      drop: [unused, used],
      canStart: false,
      isTight: true,
    },
    {
      name: "drops what is not used for an instance that is wanted",
      seen: { usedBytes: 700, instanceBytes: 330, isStartWanted: true, templates: [unused, used] },
      evict: [],
      drop: [unused],
      canStart: true,
      isTight: false,
    },
  ];
  it.each(cases)("$name", ({ seen, evict, drop = [], canStart, isTight }) => {
    expect(decideEviction({ ...base, ...seen })).toEqual({ drop, evict, canStart, isTight });
  });
});
