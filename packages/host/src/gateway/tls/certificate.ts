import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { HostError } from "../../errors.ts";
import type { CertificateFiles } from "../../host-options.ts";

/** A certificate with its key, ready to serve. */
export interface Certificate {
  readonly files: CertificateFiles;
  readonly context: SecureContext;
  /** The server's own certificate, the first of the chain. */
  readonly leaf: X509Certificate;
  /** Content of the files. */
  readonly cert: string;
  readonly key: string;
}

/** Older versions are broken (RFC 8996). */
export const minVersion = "TLSv1.2";

/**
 * Reads a certificate and its key.
 *
 * Errors: TIDEGATE_TLS_INVALID, when a file cannot be read or is no PEM, or the key is not that of the certificate.
 */
export async function loadCertificate(files: CertificateFiles): Promise<Certificate> {
  const cert = await readPem(files.certFile);
  const key = await readPem(files.keyFile);
  const leaf = parsed(files.certFile, "a certificate in PEM", () => new X509Certificate(cert));
  const privateKey = parsed(files.keyFile, "an unencrypted private key in PEM", () => createPrivateKey(key));
  if (!isKeyOf(leaf, privateKey)) {
    throw invalid(`Cannot use certificate "${files.certFile}": the key in "${files.keyFile}" belongs to another one`);
  }
  const context = parsed(files.certFile, "a certificate chain in PEM", () =>
    createSecureContext({ cert, key, minVersion }),
  );
  return { files, context, leaf, cert, key };
}

/** When a certificate ends, in milliseconds since 1970. */
export function endOf({ leaf }: Certificate): number {
  return Date.parse(leaf.validTo);
}

/** Why clients will not take the certificate now, though it can be served; null when nothing is wrong. */
export function validityProblem({ leaf, files }: Certificate, now: number): string | null {
  const where = `Certificate "${files.certFile}"`;
  if (now > Date.parse(leaf.validTo)) return `${where} has expired: it was valid until ${leaf.validTo}`;
  if (now < Date.parse(leaf.validFrom)) return `${where} is not valid yet: it begins on ${leaf.validFrom}`;
  return null;
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw invalid(`Cannot read "${file}": ${code === "ENOENT" ? "no such file" : message}`, cause);
  }
}

function parsed<T>(file: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw invalid(`Cannot use "${file}": it is not ${what} (${(cause as Error).message})`, cause);
  }
}

function isKeyOf(leaf: X509Certificate, key: KeyObject): boolean {
  try {
    return leaf.checkPrivateKey(key);
  } catch {
    return false;
  }
}

function invalid(message: string, cause?: unknown): HostError {
  return new HostError("TIDEGATE_TLS_INVALID", message, cause === undefined ? {} : { cause });
}
