import type { SecureContext } from "node:tls";
import type { HostError, HostErrorCode } from "../../errors.ts";
import type { CertificateFiles } from "../../host-options.ts";
import { type Certificate, endOf, loadCertificate, validityProblem } from "./certificate.ts";
import { type FileWatch, watchFiles } from "./watch-files.ts";

/** Told that a certificate cannot be used, or will not be taken by clients. */
export type OnCertificateProblem = (code: HostErrorCode, message: string) => void;

/** When the certificate of a name ends. */
export interface CertificateEnd {
  /** Its first name. */
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly notAfter: number;
}

/** The certificates a gateway serves, by the name that a client asks for. Changed files are read again. */
export class Certificates implements Iterable<CertificateEnd> {
  readonly #files: readonly CertificateFiles[];
  readonly #onProblem: OnCertificateProblem;
  #loaded: readonly Certificate[] = [];
  #onChange: () => void = () => {};
  #watch: FileWatch | null = null;
  #reloading: Promise<void> = Promise.resolve();

  constructor(files: readonly CertificateFiles[], onProblem: OnCertificateProblem) {
    this.#files = files;
    this.#onProblem = onProblem;
  }

  /** That for clients that ask for no name. */
  get first(): Certificate | undefined {
    return this.#loaded[0];
  }

  /**
   * Reads all of them, and watches their files. Errors: TIDEGATE_TLS_INVALID.
   * @param onChange told each time that they have been read: first before this resolves
   */
  async start(onChange: () => void): Promise<void> {
    this.#onChange = onChange;
    this.#loaded = await Promise.all(this.#files.map(loadCertificate));
    for (const certificate of this.#loaded) this.#checkValidity(certificate);
    onChange();
    const files = this.#files.flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
    this.#watch = watchFiles(files, () => void this.reload());
  }

  stop(): void {
    this.#watch?.stop();
    this.#watch = null;
  }

  /**
   * Reads all files again, for connections from now on. Of a certificate that cannot be used the old one stays, and the
   * reason is told.
   */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(async () => {
      const before = this.#loaded;
      this.#loaded = await Promise.all(before.map((old) => this.#reloadOne(old)));
      if (this.#loaded.some((certificate, at) => certificate !== before[at])) this.#onChange();
    });
    return this.#reloading;
  }

  /** That for a server name: one that names it exactly, one with a wildcard for it, or the first of all. */
  select(serverName: string): SecureContext | undefined {
    let byWildcard: Certificate | undefined;
    for (const certificate of this.#loaded) {
      const match = certificate.leaf.checkHost(serverName);
      if (match === undefined) continue;
      if (match.toLowerCase() === serverName.toLowerCase()) return certificate.context;
      byWildcard ??= certificate;
    }
    return (byWildcard ?? this.#loaded[0])?.context;
  }

  /** When each ends, for metrics. */
  *[Symbol.iterator](): Generator<CertificateEnd> {
    for (const certificate of this.#loaded) yield { name: nameOf(certificate), notAfter: endOf(certificate) };
  }

  async #reloadOne(old: Certificate): Promise<Certificate> {
    try {
      const certificate = await loadCertificate(old.files);
      if (certificate.cert === old.cert && certificate.key === old.key) return old;
      this.#checkValidity(certificate);
      return certificate;
    } catch (error) {
      const { code, message } = error as HostError;
      this.#onProblem(code, `${message}; the certificate before serves on`);
      return old;
    }
  }

  #checkValidity(certificate: Certificate): void {
    const problem = validityProblem(certificate, Date.now());
    if (problem !== null) this.#onProblem("TIDEGATE_TLS_EXPIRED", problem);
  }
}

/** The first name of the certificate; its file where it has none. */
function nameOf({ leaf, files }: Certificate): string {
  return /(?:DNS|IP Address):([^,\s]+)/.exec(leaf.subjectAltName ?? "")?.[1] ?? files.certFile;
}
