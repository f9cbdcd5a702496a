// Usable with --require and --import, for suites of CommonJS and of ES modules: what it replaces belongs to Node.
// Node runs the TypeScript sources as they are, so nothing has to be built.
require("./src/preload/start.ts");
