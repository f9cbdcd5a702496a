import type { Entry } from "@tidegate/core";

/** What `tidegate serve` is to serve: the functions of a configuration file, or one entry. */
export type Target =
  | {
      readonly kind: "config";
      /** The `tidegate.yaml`, as messages show it. */
      readonly file: string;
      /** Its folder, absolute. */
      readonly folder: string;
    }
  | {
      readonly kind: "entry";
      readonly entry: Entry;
      /** Working directory of the instances, absolute. */
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      /** Folder of the app, absolute: where its `package.json` is, else where the entry is. */
      readonly folder: string;
    };
