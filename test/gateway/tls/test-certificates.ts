import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HostOptions } from "@tidegate/host";

const run = promisify(execFile);

type CertificateFiles = NonNullable<HostOptions["tls"]>[number];

/** A folder of certificates for one test file. */
export interface CertificateFolder {
  readonly path: string;
  /** Makes a self-signed certificate, or makes the one of this file name anew; with days below 0 it has expired. */
  make(file: string, names: readonly string[], days?: number): Promise<CertificateFiles & { readonly cert: string }>;
  remove(): Promise<void>;
}

/** Certificates come from `openssl`: `apt-get install openssl`. */
export async function certificateFolder(): Promise<CertificateFolder> {
  const path = await mkdtemp(join(tmpdir(), "tidegate-certificates-"));
  return {
    path,
    make: async (file, names, days = 30) => {
      const files = { certFile: join(path, `${file}.crt`), keyFile: join(path, `${file}.key`) };
      const subjectAltName = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(",");
      const subject = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${subjectAltName}`];
      const request = join(path, `${file}.csr`);
      const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc".split(" ");
      await run("openssl", ["req", "-new", ...key, ...subject, "-keyout", files.keyFile, "-out", request]);
      const signed = ["-signkey", files.keyFile, "-days", String(days), "-copy_extensions", "copy"];
      await run("openssl", ["x509", "-req", "-in", request, ...signed, "-out", files.certFile]);
      return { ...files, cert: await readFile(files.certFile, "utf8") };
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
