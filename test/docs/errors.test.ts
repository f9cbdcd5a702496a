import { readFile } from "node:fs/promises";
import { eventErrors } from "@tidegate/core";
import { hostErrors } from "@tidegate/host";
import { adapterErrors } from "@tidegate/http";
import { cliErrors } from "tidegate";
import { expect, it } from "vitest";

const tables: readonly Readonly<
  Record<string, { title: string; fix: string; status?: number | null; exitCode?: number }>
>[] = [hostErrors, cliErrors, adapterErrors, eventErrors];

it("docs/errors.md explains every code as its table has it, and no other", async () => {
  const page = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const documented = new Map(
    page
      .split("\n### ")
      .slice(1)
      .map((section) => {
        const [code = "", ...text] = section.split(/\n(?:## [\s\S]*)?/);
        return [code, text.filter((line) => line !== "")];
      }),
  );
  const expected = new Map(
    tables.flatMap((table) =>
      Object.entries(table).map(([code, { title, fix, status, exitCode }]) => {
        const how =
          exitCode !== undefined ? ` Exit code ${exitCode}.` : status == null ? "" : ` HTTP status ${status}.`;
        return [code, [`${title}.${how}`, fix.replace(/\.?$/, ".")]] as const;
      }),
    ),
  );
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
});
