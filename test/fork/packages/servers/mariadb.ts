import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { type OwnServer, startServer } from "./own-server.ts";
import { systemUser } from "./system-user.ts";

const server = "/usr/sbin/mariadbd";

/** Whether Debian's `mariadb-server` is installed. */
export const hasMariaDb: boolean = existsSync(server);

/** Starts a MariaDB with an empty database. */
export function startMariaDb(): Promise<OwnServer> {
  const user = systemUser("mysql");
  const url = (port: number): string => `mysql://tide:tide@127.0.0.1:${port}/test`;
  // Run while it starts, line by line.
  const users = [
    "CREATE DATABASE test;",
    "CREATE USER tide@'127.0.0.1' IDENTIFIED BY 'tide';",
    "GRANT ALL ON *.* TO tide@'127.0.0.1';",
    "",
  ];
  return startServer({
    name: "mariadb",
    user,
    prepare: (folder) => {
      const options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"];
      const args = [...options, `--datadir=${join(folder, "data")}`];
      execFileSync("/usr/bin/mariadb-install-db", args, { cwd: folder, stdio: "pipe", ...user });
      execFileSync("tee", [join(folder, "users.sql")], {
        cwd: folder,
        input: users.join("\n"),
        stdio: "pipe",
        ...user,
      });
    },
    command: (port, folder) => [
      server,
      "--no-defaults",
      `--datadir=${join(folder, "data")}`,
      `--socket=${join(folder, "s")}`,
      `--pid-file=${join(folder, "pid")}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      `--init-file=${join(folder, "users.sql")}`,
      "--innodb-buffer-pool-size=32M",
      "--innodb-flush-log-at-trx-commit=0",
    ],
    isReady: async (port) => (await mysql.createConnection(url(port))).end(),
    url,
  });
}
