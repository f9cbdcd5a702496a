import type { CaseGroup } from "../case.ts";

/** Files of cases, in the order of the table. They are JavaScript, as the apps they hold are. */
const FILES: readonly string[] = [
  "requests",
  "answers",
  "lifecycle",
  "edges",
  "express",
  "koa",
  "frameworks",
  "bodies",
  "middleware",
  "sessions",
];

/** Loads every case. */
export async function loadCases(): Promise<CaseGroup[]> {
  const modules = await Promise.all(FILES.map((name) => import(`../../cases/${name}.js`)));
  return modules.map((module) => (module as { group: CaseGroup }).group);
}
