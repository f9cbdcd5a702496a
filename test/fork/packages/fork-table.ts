import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { TemplateInfo } from "@tidegate/core";
import type { App } from "./app-table.ts";

const apps = join(import.meta.dirname, "apps");

/** What came of an app: a line of the guide's table. */
export interface Result {
  readonly app: App;
  readonly template: TemplateInfo;
  readonly isForked: boolean;
}

/** The table of packages as it stands in the guide. */
export function forkTable(results: readonly Result[]): string {
  const head = "| package | forks at | in | shared of the load time |\n|---|---|---|---|\n";
  return head + results.map((result) => `| ${columns(result).join(" | ")} |\n`).join("");
}

function columns({ app, template, isForked }: Result): string[] {
  const name = `\`${app.name}\`${version(app.name)}${app.use ? `, ${app.use}` : ""}`;
  const { point } = template;
  if (!isForked || point === null) return [name, `plain process: ${template.reason ?? "no reason told"}`, "", ""];
  const place = point.place === null ? "" : `\`${placeText(point.place.file, point.place.line)}\``;
  const shared = template.sharedLoad === null ? "" : `${Math.round(template.sharedLoad * 100)} %`;
  return [name, point.effect, place, `${shared} of ${Math.round(point.loadMs)} ms`];
}

function placeText(file: string, line: number): string {
  const inside = file.split(`${sep}node_modules${sep}`).at(-1) ?? file;
  return `${inside === file ? relative(apps, file) : inside}:${line}`;
}

function version(name: string): string {
  if (name.includes(":") || name.includes(" ")) return "";
  const folder = name === "prisma" ? "@prisma/client" : name;
  const file = join(import.meta.dirname, "node_modules", folder, "package.json");
  return ` ${(JSON.parse(readFileSync(file, "utf8")) as { version: string }).version}`;
}
