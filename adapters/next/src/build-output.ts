/** One output of a build that runs on the server. */
export interface ServerOutput {
  /** Absolute path of the built entry. */
  filePath: string;
  runtime: "nodejs" | "edge";
  /** What the entry loads: path from the repository's root, or a name for edge outputs, to absolute path. */
  assets: Record<string, string>;
  /** Compiled WebAssembly of an edge output: name, to absolute path. */
  wasmAssets?: Record<string, string>;
}

/** The part of Next's configuration that the adapter reads and sets. */
export interface SiteConfig {
  output?: "standalone" | "export" | undefined;
}

/**
 * The part of what Next tells its adapter that is needed here; a local copy, so that no release of Next is imposed.
 * Source: Next 16 documentation, "Adapters", "API Reference".
 */
export interface BuildOutput {
  outputs: {
    pages: ServerOutput[];
    pagesApi: ServerOutput[];
    appPages: ServerOutput[];
    appRoutes: ServerOutput[];
    middleware?: ServerOutput;
  };
  /** Absolute path of the site. */
  projectDir: string;
  /** Absolute path of the folder all traced files are below. */
  repoRoot: string;
  /** Absolute path of the build's folder, such as `.next`. */
  distDir: string;
  config: SiteConfig;
}
