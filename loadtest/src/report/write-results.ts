import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const resultsDir = new URL("../../results/", import.meta.url);

/**
 * Writes a result to `loadtest/results/`.
 *
 * @param fileName such as `tide.json`; what is not text is written as JSON
 * @returns path of the file
 */
export async function writeResult(fileName: string, content: unknown): Promise<string> {
  await mkdir(resultsDir, { recursive: true });
  const file = fileURLToPath(new URL(fileName, resultsDir));
  await writeFile(file, typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`);
  return file;
}
