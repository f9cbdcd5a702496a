import { registerHooks } from "node:module";

/** Makes AWS's runtime client load without its compiled part, which installing it does not build here. */
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (!specifier.endsWith("rapid-client.node")) return nextResolve(specifier, context);
    return { url: new URL("native-client.cjs", import.meta.url).href, format: "commonjs", shortCircuit: true };
  },
});
