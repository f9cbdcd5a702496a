/* The pages that every instance writes to soon after its fork: copying them ahead, in one go, spares it some hundred page
   faults while its first request waits. The template learns them from one instance; the children inherit the list. */
#include "addon.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum { MAX_PAGES = 2048, MAX_RANGES = 2048, ENTRIES_READ = 512 };

struct page_range {
  uintptr_t start;
  size_t pages;
};
static struct page_range ranges[MAX_RANGES];
static size_t range_count;
static size_t page_count;

static void add_page(uintptr_t address, size_t page_size) {
  struct page_range *last = range_count > 0 ? &ranges[range_count - 1] : NULL;
  if (page_count == MAX_PAGES) return;
  if (last != NULL && last->start + last->pages * page_size == address) {
    last->pages++;
  } else {
    if (range_count == MAX_RANGES) return;
    ranges[range_count++] = (struct page_range){address, 1};
  }
  page_count++;
}

/* Bits of an entry: Documentation/admin-guide/mm/pagemap.rst. A page that only this process maps, in a private mapping it
   got from the template, is its own copy. Neither bit needs a privilege, unlike the frame number. */
static bool is_own_copy(uint64_t entry) {
  return (entry >> 63 & 1) == 1 && (entry >> 56 & 1) == 1;
}

static void learn_mapping(int pagemap, const struct mapping *mapping, size_t page_size) {
  uint64_t entries[ENTRIES_READ];
  for (uintptr_t address = mapping->start; address < mapping->end && page_count < MAX_PAGES;) {
    size_t wanted = (mapping->end - address) / page_size;
    if (wanted > ENTRIES_READ) wanted = ENTRIES_READ;
    ssize_t size = pread(pagemap, entries, wanted * sizeof *entries, (off_t)(address / page_size * sizeof *entries));
    if (size <= 0) return;
    size_t count = (size_t)size / sizeof *entries;
    for (size_t i = 0; i < count; i++)
      if (is_own_copy(entries[i])) add_page(address + i * page_size, page_size);
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
    range_count = 0;
    page_count = 0;
    while (page_count < MAX_PAGES && next_mapping(&reader, &mapping) > 0)
      if (mapping.is_private && mapping.is_writable)
        learn_mapping(pagemap, &mapping, (size_t)sysconf(_SC_PAGESIZE));
    close_mappings(&reader);
  }
  close(pagemap);
}

/* The kernel copies, as if the pages were written to. Writing to them would crash where the child has unmapped one since
   the fork, or where V8 guards its code with memory protection keys. What it refuses is left to later page faults: a range
   that is gone or may not be written to now (EINVAL, ENOMEM), everything on a kernel before 5.14. */
void copy_working_set(void) {
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  for (size_t i = 0; i < range_count; i++) {
    uintptr_t start = ranges[i].start;
    if (madvise((void *)start, ranges[i].pages * page_size, MADV_POPULATE_WRITE) == 0 || ranges[i].pages == 1) continue;
    /* A range may reach over mappings of which one is refused. */
    for (size_t page = 0; page < ranges[i].pages; page++)
      madvise((void *)(start + page * page_size), page_size, MADV_POPULATE_WRITE);
  }
}
