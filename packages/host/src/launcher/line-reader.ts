import { StringDecoder } from "node:string_decoder";

/** A longer line is passed on in pieces: an app that writes without newlines must not fill the host's memory. */
const maxLineLength = 64 * 1024;

/** Takes the next bytes of a stream; null at its end. */
export type ReadLines = (chunk: Buffer | null) => void;

/** Turns chunks of UTF-8 bytes into lines without their line ends. The last line may have none. */
export function createLineReader(onLine: (line: string) => void): ReadLines {
  const decoder = new StringDecoder("utf8");
  let partial = "";
  return (chunk) => {
    if (chunk === null) {
      const rest = partial + decoder.end();
      partial = "";
      if (rest !== "") onLine(rest);
      return;
    }
    const lines = (partial + decoder.write(chunk)).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (partial.length > maxLineLength) {
      onLine(partial);
      partial = "";
    }
  };
}
