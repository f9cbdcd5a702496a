import { readdir, readFile } from "node:fs/promises";
import type { Histogram } from "@tidegate/core";
import type { MetricFamily } from "./metric-family.ts";

/**
 * Numbers of the host's own process, under the names that Prometheus' client libraries agreed on. What only Linux tells is
 * left out elsewhere.
 */
export async function processFamilies(eventLoopDelay: Histogram): Promise<MetricFamily[]> {
  const { user, system } = process.cpuUsage();
  const [openFiles, mostFiles] = await Promise.all([countOpenFiles(), readFileLimit()]);
  const gauge = (name: string, help: string, value: number | null, unit?: string): MetricFamily => ({
    type: "gauge",
    name,
    help,
    ...(unit !== undefined && { unit }),
    samples: value === null ? [] : [{ labels: {}, value }],
  });
  return [
    {
      type: "histogram",
      name: "tidegate_event_loop_delay_seconds",
      help: "How late the host's event loop runs a timer",
      unit: "seconds",
      samples: [{ labels: {}, values: eventLoopDelay }],
    },
    {
      type: "counter",
      name: "process_cpu_seconds",
      help: "Processor time of the host, user and system",
      unit: "seconds",
      samples: [{ labels: {}, value: (user + system) / 1e6 }],
    },
    gauge("process_start_time_seconds", "When the host started, since 1970", performance.timeOrigin / 1000, "seconds"),
    gauge("process_resident_memory_bytes", "Resident memory of the host", process.memoryUsage.rss(), "bytes"),
    gauge("process_open_fds", "Open file descriptors of the host", openFiles),
    gauge("process_max_fds", "Most file descriptors the host may open", mostFiles),
    {
      type: "gauge",
      name: "nodejs_version_info",
      help: "Version of Node that runs the host",
      samples: [{ labels: { version: process.version }, value: 1 }],
    },
  ];
}

async function countOpenFiles(): Promise<number | null> {
  // One of them is that of reading the folder.
  return readdir("/proc/self/fd").then(
    (names) => names.length - 1,
    () => null,
  );
}

async function readFileLimit(): Promise<number | null> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const found = /^Max open files +(\d+)/m.exec(limits);
  return found === null ? null : Number(found[1]);
}
