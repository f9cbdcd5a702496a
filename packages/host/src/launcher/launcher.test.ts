import { loadForking } from "@tidegate/fork";
import { describe } from "vitest";
import { launch as launchForked } from "../template/testing/launch-forked.ts";
import { launch } from "./launch.ts";
import { describeLauncher, hereUrl } from "./launcher.contract.ts";

const launchUrl = hereUrl("launch.ts");

describeLauncher({
  name: "a Node entry",
  launch,
  launchUrl,
  entry: (file) => ({ kind: "node", file }),
  tellsEventLoopDelay: true,
});

describeLauncher({
  name: "a command",
  launch,
  launchUrl,
  entry: (file) => ({ kind: "command", command: [process.execPath, file] }),
  tellsEventLoopDelay: false,
});

describeLauncher({
  name: "a command in a shell",
  launch,
  launchUrl,
  entry: (file) => ({ kind: "command", command: ["sh", "-c", `exec "${process.execPath}" "${file}"`] }),
  tellsEventLoopDelay: false,
});

describe.runIf("forking" in loadForking())("where the system can fork", () => {
  describeLauncher({
    name: "a forked Node entry",
    launch: launchForked,
    launchUrl: hereUrl("../template/testing/launch-forked.ts"),
    entry: (file) => ({ kind: "node", file }),
    tellsEventLoopDelay: true,
  });
});
