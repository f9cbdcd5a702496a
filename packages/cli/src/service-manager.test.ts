import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tellServiceManager } from "./service-manager.ts";
import { createFolder } from "./testing/test-io.ts";

test("tellServiceManager tells systemd of this process, and nothing where that does not ask", async () => {
  const [folder, remove] = await createFolder({ "systemd-notify": '#!/bin/sh\necho "$NOTIFY_SOCKET $@" >> told\n' });
  await chmod(join(folder, "systemd-notify"), 0o755);
  const env = { PATH: `${folder}:/bin:/usr/bin`, NOTIFY_SOCKET: "/run/notify" };
  const told = (): Promise<string> => readFile("told", "utf8").catch(() => "");
  const cwd = process.cwd();
  process.chdir(folder);
  tellServiceManager({ PATH: env.PATH }, "ready");
  tellServiceManager(env, "ready");
  await expect.poll(told).toBe(`/run/notify --pid=${process.pid} --ready\n`);
  tellServiceManager(env, "stopping");
  await expect.poll(told).toMatch(new RegExp(`\n/run/notify --pid=${process.pid} STOPPING=1\n$`));
  // Without the program nothing happens.
  tellServiceManager({ PATH: folder.replace("tg-cli", "none"), NOTIFY_SOCKET: "/run/notify" }, "ready");
  process.chdir(cwd);
  await remove();
});
