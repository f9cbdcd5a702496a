import type { UnfitWarmUp } from "@tidegate/agent";
import type { CodePlace, ForkPoint } from "@tidegate/core";

/** What came of loading an app in a template. */
export type Loaded =
  /** It waits at its fork point. */
  | { readonly kind: "parked"; readonly point: ForkPoint }
  /** This app cannot be forked. */
  | {
      readonly kind: "unfit";
      readonly reason: string;
      readonly place: CodePlace | null;
      /** Set when a warm-up request is the reason. */
      readonly warmUp: UnfitWarmUp | null;
      /** The app ended, threw or took too long by itself, as it would in a plain process. */
      readonly isOwnFault: boolean;
      /** That it took too long. */
      readonly isTimeout: boolean;
      /** The last lines the app wrote, oldest first; empty where it did not fail by itself. */
      readonly lastWords: readonly string[];
    }
  /** It was killed or stopped, or the system refused it: that says nothing about the app. */
  | {
      readonly kind: "lost";
      readonly reason: string;
      /** What the system said; null when it refused nothing. */
      readonly cause: Error | null;
    };
