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
