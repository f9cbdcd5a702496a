/* The template's control stream: lines, some of which come with descriptors.

   A stream socket keeps no borders between messages: lines arrive glued together or in pieces. But the kernel ends a
   recvmsg after the message that carried descriptors (unix_stream_read_generic in net/unix/af_unix.c), and gives them with
   its first byte. A message begins with the line its descriptors are for, so they belong to the last line that begins in
   the bytes they came with. */
#include "addon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 8 * 1024, MAX_LINE = 16 * 1024 * 1024 };

static void close_all(const int *descriptors, int *count) {
  for (int i = 0; i < *count; i++) close(descriptors[i]);
  *count = 0;
}

void open_order_stream(struct order_stream *stream, int descriptor) {
  memset(stream, 0, sizeof *stream);
  stream->descriptor = descriptor;
}

void close_order_stream(struct order_stream *stream) {
  close_all(stream->held, &stream->held_count);
  close_all(stream->later, &stream->later_count);
  free(stream->buffer);
  stream->buffer = NULL;
}

/* Takes the descriptors out of a message; false when there were more than an order has (the space for them is rounded up) or
   some were lost (MSG_CTRUNC: this process has as many open as it may). */
static bool take_descriptors(struct msghdr *message, int *kept, int *count) {
  bool is_exact = (message->msg_flags & MSG_CTRUNC) == 0;
  *count = 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t number = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < number; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      if (*count < ORDER_DESCRIPTORS) {
        kept[(*count)++] = descriptor;
      } else {
        close(descriptor);
        is_exact = false;
      }
    }
  }
  return is_exact;
}

/* Where the last line begins that begins at `from` or after; the buffer's length where none does. */
static size_t last_line_start(const struct order_stream *stream, size_t from) {
  for (size_t start = stream->length; start-- > from;)
    if (start == 0 || stream->buffer[start - 1] == '\n') return start;
  return stream->length;
}

/* Adds bytes to the buffer. 1: done; 0: the stream ended; negative: an error. */
static int receive(struct order_stream *stream) {
  if (stream->length == stream->capacity) {
    if (stream->capacity >= MAX_LINE) return -EMSGSIZE;
    size_t capacity = stream->capacity == 0 ? FIRST_CAPACITY : stream->capacity * 2;
    char *buffer = realloc(stream->buffer, capacity);
    if (buffer == NULL) return -ENOMEM;
    stream->buffer = buffer;
    stream->capacity = capacity;
  }
  union {
    char bytes[CMSG_SPACE(sizeof(int) * ORDER_DESCRIPTORS)];
    struct cmsghdr alignment;
  } control;
  struct iovec place = {stream->buffer + stream->length, stream->capacity - stream->length};
  struct msghdr message = {
      .msg_iov = &place, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t count;
  do
    count = recvmsg(stream->descriptor, &message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;

  int came[ORDER_DESCRIPTORS] = {0}, came_count;
  bool is_exact = take_descriptors(&message, came, &came_count);
  size_t before = stream->length;
  stream->length += (size_t)count;
  if (came_count == 0) return count > 0;
  size_t start = last_line_start(stream, before);
  /* The order then fails for want of descriptors. */
  if (!is_exact || start == stream->length) close_all(came, &came_count);
  if (start == 0) {
    memcpy(stream->held, came, sizeof came);
    stream->held_count = came_count;
  } else {
    memcpy(stream->later, came, sizeof came);
    stream->later_count = came_count;
    stream->later_start = start;
  }
  return count > 0;
}

/* Drops the line told last with its descriptors; what begins the buffer now gets those that came with it. */
static void drop_line(struct order_stream *stream) {
  close_all(stream->held, &stream->held_count);
  size_t dropped = stream->line_end;
  stream->line_end = 0;
  stream->length -= dropped;
  if (stream->length > 0) memmove(stream->buffer, stream->buffer + dropped, stream->length);
  if (stream->later_count == 0) return;
  stream->later_start -= dropped;
  if (stream->later_start > 0) return;
  memcpy(stream->held, stream->later, sizeof stream->held);
  stream->held_count = stream->later_count;
  stream->later_count = 0;
}

int next_order(struct order_stream *stream, char **line, size_t *length) {
  if (stream->line_end > 0) drop_line(stream);
  size_t searched = 0;
  char *end;
  while (stream->length == searched ||
         (end = memchr(stream->buffer + searched, '\n', stream->length - searched)) == NULL) {
    searched = stream->length;
    int result = receive(stream);
    if (result <= 0) return result;
  }
  *line = stream->buffer;
  *length = (size_t)(end - stream->buffer);
  *end = '\0';
  stream->line_end = *length + 1;
  return 1;
}
