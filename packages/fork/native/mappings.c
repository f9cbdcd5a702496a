/* The memory mappings of this process, as /proc/self/maps lists them (proc_pid_maps(5)). */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

/* Read with read(2), not stdio: a fork in the middle of a FILE would copy its buffer, and the list would be read by both. */
int open_mappings(struct mapping_reader *reader) {
  reader->length = 0;
  reader->used = 0;
  reader->descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  return reader->descriptor < 0 ? errno : 0;
}

void close_mappings(struct mapping_reader *reader) {
  close(reader->descriptor); /* Linux has closed it even when it reports an error */
}

/* A line whose path is longer than the buffer cannot be: a path has at most 4,096 bytes, escaped at most four times that. */
static ssize_t fill(struct mapping_reader *reader) {
  memmove(reader->buffer, reader->buffer + reader->used, reader->length - reader->used);
  reader->length -= reader->used;
  reader->used = 0;
  ssize_t count;
  do
    count = read(reader->descriptor, reader->buffer + reader->length, sizeof reader->buffer - 1 - reader->length);
  while (count < 0 && errno == EINTR);
  if (count > 0) reader->length += (size_t)count;
  return count < 0 ? -errno : count;
}

/* Not sscanf(): newer glibc headers make other symbols of it, which older ones and musl lack. */
static const char *parse_address(const char *text, uintptr_t *address) {
  for (*address = 0;; text++) {
    if (*text >= '0' && *text <= '9')
      *address = *address << 4 | (uintptr_t)(*text - '0');
    else if (*text >= 'a' && *text <= 'f')
      *address = *address << 4 | (uintptr_t)(*text - 'a' + 10);
    else
      return text;
  }
}

static const char *skip_field(const char *text) {
  while (*text != ' ' && *text != '\0') text++;
  while (*text == ' ') text++;
  return text;
}

/* start-end permissions offset device inode name */
static bool parse_mapping(const char *line, struct mapping *mapping) {
  const char *text = parse_address(line, &mapping->start);
  if (text == line || *text != '-') return false;
  text = parse_address(text + 1, &mapping->end);
  if (*text != ' ' || strlen(text) < 5) return false;
  mapping->is_writable = text[2] == 'w';
  mapping->is_private = text[4] == 'p';
  mapping->name = skip_field(skip_field(skip_field(skip_field(text + 1))));
  return true;
}

int next_mapping(struct mapping_reader *reader, struct mapping *mapping) {
  char *end;
  while ((end = memchr(reader->buffer + reader->used, '\n', reader->length - reader->used)) == NULL) {
    ssize_t count = fill(reader);
    if (count <= 0) return (int)count;
  }
  *end = '\0';
  char *line = reader->buffer + reader->used;
  reader->used = (size_t)(end + 1 - reader->buffer);
  return parse_mapping(line, mapping) ? 1 : -EPROTO;
}

/* The kernel's own pages ([vvar], [vvar_vclock], [vdso], [vsyscall], [uprobes]): every process has them, and they take no
   advice (EINVAL for VM_IO and VM_PFNMAP). */
static bool is_of_kernel(const struct mapping *mapping) {
  return mapping->name[0] == '[' && (mapping->name[1] == 'v' || strcmp(mapping->name, "[uprobes]") == 0);
}

/* V8 marks its heap with MADV_DONTFORK (base/platform/platform-linux.cc): a child would lack it and crash at once. */
int inherit_mappings(void) {
  struct mapping_reader reader;
  struct mapping mapping;
  int error = open_mappings(&reader);
  if (error != 0) return error;
  int found;
  while ((found = next_mapping(&reader, &mapping)) > 0) {
    if (!mapping.is_private || is_of_kernel(&mapping)) continue;
    if (madvise((void *)mapping.start, mapping.end - mapping.start, MADV_DOFORK) != 0) {
      found = -errno;
      break;
    }
  }
  close_mappings(&reader);
  return -found;
}

/* A hint, so refusals are no errors: a kernel before 5.4 does not know it, locked memory and files of others cannot be taken. */
void reclaim_mappings(void) {
  struct mapping_reader reader;
  struct mapping mapping;
  if (open_mappings(&reader) != 0) return;
  while (next_mapping(&reader, &mapping) > 0) {
    if (!mapping.is_private || is_of_kernel(&mapping)) continue;
    madvise((void *)mapping.start, mapping.end - mapping.start, MADV_PAGEOUT);
  }
  close_mappings(&reader);
}
