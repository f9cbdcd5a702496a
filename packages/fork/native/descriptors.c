/* Descriptors: passed between processes, and made a process's own. */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SENT = 64, SEND_TIMEOUT_MS = 1000 };

/* As Node's child_process makes the streams of a child: a stream socket, not a pipe, so that both directions work. */
napi_value socket_pair(napi_env env, napi_callback_info info) {
  (void)info;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return throw_system_error(env, errno, "socketpair");
  napi_value result, first, second;
  if (napi_create_array_with_length(env, 2, &result) != napi_ok || napi_create_int32(env, pair[0], &first) != napi_ok ||
      napi_create_int32(env, pair[1], &second) != napi_ok || napi_set_element(env, result, 0, first) != napi_ok ||
      napi_set_element(env, result, 1, second) != napi_ok) {
    close(pair[0]);
    close(pair[1]);
    return throw_api_error(env);
  }
  return result;
}

static bool read_descriptors(napi_env env, napi_value list, int *descriptors, uint32_t *count) {
  bool is_array = false;
  if (napi_is_array(env, list, &is_array) != napi_ok || !is_array || napi_get_array_length(env, list, count) != napi_ok ||
      *count > MAX_SENT) {
    throw_argument_error(env, "The argument \"descriptors\" must be an array of at most 64 descriptors");
    return false;
  }
  for (uint32_t i = 0; i < *count; i++) {
    napi_value element;
    if (napi_get_element(env, list, i, &element) != napi_ok) return throw_api_error(env), false;
    if (!read_integer(env, element, 0, "descriptors", &descriptors[i])) return false;
  }
  return true;
}

/* The descriptors go with the first byte. A text that did not fit whole is ended after a short wait; only texts of more
   than 32 KiB can be split by the kernel (unix_stream_sendmsg). Returns an error number and the call it is of. */
static int send_all(int socket, const char *text, size_t length, const int *descriptors, uint32_t count, const char **call) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_SENT)];
    struct cmsghdr alignment;
  } control;
  memset(&control, 0, sizeof control);
  bool is_begun = false;
  *call = "sendmsg";
  while (length > 0) {
    struct iovec place = {(void *)text, length};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1};
    if (count > 0 && !is_begun) {
      message.msg_control = control.bytes;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
      struct cmsghdr *part = CMSG_FIRSTHDR(&message);
      part->cmsg_level = SOL_SOCKET;
      part->cmsg_type = SCM_RIGHTS;
      part->cmsg_len = CMSG_LEN(sizeof(int) * count);
      memcpy(CMSG_DATA(part), descriptors, sizeof(int) * count);
    }
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      is_begun = true;
      text += sent;
      length -= (size_t)sent;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !is_begun) return errno;
    struct pollfd room = {socket, POLLOUT, 0};
    int ready = poll(&room, 1, SEND_TIMEOUT_MS);
    if (ready < 0 && errno != EINTR) return *call = "poll", errno;
    if (ready == 0) return ETIMEDOUT;
  }
  return 0;
}

napi_value send_descriptors(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int socket, descriptors[MAX_SENT];
  uint32_t count;
  char *text;
  size_t length;
  if (!read_arguments(env, info, 3, arguments) || !read_integer(env, arguments[0], 0, "descriptor", &socket) ||
      !read_descriptors(env, arguments[2], descriptors, &count) || !read_text(env, arguments[1], "text", &text, &length))
    return NULL;
  const char *call;
  int error = send_all(socket, text, length, descriptors, count, &call);
  free(text);
  return error == 0 ? NULL : throw_system_error(env, error, call);
}

/* A forked descriptor shares its offset with the template's and every sibling's: one that reads moves it for all. Opened
   anew through /proc (proc_pid_fd(5)) it is the same file, also when its name is gone, with an offset of its own. */
napi_value reopen_descriptor(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor;
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 0, "descriptor", &descriptor)) return NULL;
  uv_fs_t file;
  int unknown = uv_fs_fstat(NULL, &file, descriptor, NULL); /* fstat() itself is no symbol of glibc before 2.33 */
  if (unknown != 0) return throw_system_error(env, -unknown, "fstat");
  if (!S_ISREG(file.statbuf.st_mode) && !S_ISDIR(file.statbuf.st_mode)) return throw_system_error(env, EINVAL, "reopen");
  int status = fcntl(descriptor, F_GETFL);
  if (status < 0) return throw_system_error(env, errno, "fcntl");
  int flags = fcntl(descriptor, F_GETFD);
  if (flags < 0) return throw_system_error(env, errno, "fcntl");
  off_t offset = lseek(descriptor, 0, SEEK_CUR);
  if (offset < 0) return throw_system_error(env, errno, "lseek");

  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  /* Nothing may be made or cut off again; F_GETFL tells none of these today (fcntl(2)). */
  int fresh = open(path, (status & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW)) | O_CLOEXEC);
  if (fresh < 0) return throw_system_error(env, errno, "open");
  const char *call = "lseek";
  int error = lseek(fresh, offset, SEEK_SET) < 0 ? errno : 0;
  if (error == 0 && dup3(fresh, descriptor, (flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) < 0) {
    error = errno;
    call = "dup3";
  }
  close(fresh);
  return error == 0 ? NULL : throw_system_error(env, error, call);
}
