/* The pages that every instance uses soon after its fork. Copying those it writes to, and mapping those of programs and
   libraries it reads (a fork does not copy page tables of files), ahead and in one go, spares it some hundred page faults
   while its first request waits. The template learns them from one instance; the children inherit the lists. */
#include "addon.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

enum { MAX_RANGES = 2048, ENTRIES_READ = 512 };

/* Sizes, since pages have 4, 16 or 64 KiB on arm64. */
struct page_set {
  const size_t max_bytes;
  size_t bytes;
  size_t ranges;
  struct {
    uintptr_t start;
    size_t pages;
  } range[MAX_RANGES];
};
static struct page_set written = {.max_bytes = 8 << 20};   /* every child pays for them with its memory */
static struct page_set executed = {.max_bytes = 64 << 20}; /* memory that is there anyway */

static void add_page(struct page_set *set, uintptr_t address, size_t page_size) {
  size_t last = set->ranges - 1;
  if (set->ranges > 0 && set->range[last].start + set->range[last].pages * page_size == address) {
    set->range[last].pages++;
  } else {
    if (set->ranges == MAX_RANGES) return;
    set->range[set->ranges].start = address;
    set->range[set->ranges++].pages = 1;
  }
  set->bytes += page_size;
}

/* Bits of an entry of pagemap (Documentation/admin-guide/mm/pagemap.rst); they need no privilege, unlike the frame number. */
static bool is_present(uint64_t entry) {
  return (entry >> 63 & 1) == 1;
}

/* Only this process maps the page: in a private mapping it got from the template, that is its own copy. */
static bool is_own(uint64_t entry) {
  return is_present(entry) && (entry >> 56 & 1) == 1;
}

static void learn_mapping(int pagemap, const struct mapping *mapping, struct page_set *set, bool (*belongs)(uint64_t)) {
  uint64_t entries[ENTRIES_READ];
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  for (uintptr_t address = mapping->start; address < mapping->end && set->bytes < set->max_bytes;) {
    size_t wanted = (mapping->end - address) / page_size;
    if (wanted > ENTRIES_READ) wanted = ENTRIES_READ;
    ssize_t size = pread(pagemap, entries, wanted * sizeof *entries, (off_t)(address / page_size * sizeof *entries));
    if (size <= 0) return;
    size_t count = (size_t)size / sizeof *entries;
    for (size_t i = 0; i < count; i++)
      if (belongs(entries[i]) && set->bytes < set->max_bytes) add_page(set, address + i * page_size, page_size);
    address += count * page_size;
  }
}

/* Nothing depends on it, so what cannot be read is left out (pagemap needs the right to trace the instance). */
void learn_working_set(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
  int pagemap = open(path, O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) return;
  struct mapping_reader reader;
  struct mapping mapping;
  if (open_mappings(&reader) == 0) {
    written.bytes = written.ranges = executed.bytes = executed.ranges = 0;
    while (next_mapping(&reader, &mapping) > 0) {
      if (!mapping.is_private) continue;
      if (mapping.is_writable)
        learn_mapping(pagemap, &mapping, &written, is_own);
      else if (mapping.name[0] == '/')
        learn_mapping(pagemap, &mapping, &executed, is_present);
    }
    close_mappings(&reader);
  }
  close(pagemap);
}

static void populate(const struct page_set *set, int advice) {
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  for (size_t i = 0; i < set->ranges; i++) {
    uintptr_t start = set->range[i].start;
    size_t pages = set->range[i].pages;
    if (madvise((void *)start, pages * page_size, advice) == 0 || pages == 1) continue;
    /* A range may reach over several mappings, of which one is refused. */
    for (size_t page = 0; page < pages; page++) madvise((void *)(start + page * page_size), page_size, advice);
  }
}

/* The kernel copies, as if the pages were written to. Writing to them would crash where the child has unmapped one since
   the fork, or where V8 guards its code with memory protection keys. What it refuses is left to later page faults: a range
   that is gone or may not be written to now (EINVAL, ENOMEM), everything on a kernel before 5.14. */
void copy_working_set(void) {
  populate(&written, MADV_POPULATE_WRITE);
  populate(&executed, MADV_POPULATE_READ);
}
