import { fileURLToPath } from "node:url";

const BESIDE_THE_APP = fileURLToPath(new URL("../data", import.meta.url));

/** The store that the environment names, opened once, when it is first asked for. */
export function createLazyStore({ DATABASE_URL, DATA_DIR = BESIDE_THE_APP }) {
  let opening;

  async function open() {
    if (DATABASE_URL) return (await import("./postgres.js")).openPostgresStore(DATABASE_URL);
    return (await import("./sqlite.js")).openSqliteStore(DATA_DIR);
  }

  return {
    get() {
      opening ??= open().catch((error) => {
        // A database that was down may be back at the next request.
        opening = undefined;
        throw error;
      });
      return opening;
    },
    async close() {
      const store = await opening;
      opening = undefined;
      await store?.close();
    },
  };
}
