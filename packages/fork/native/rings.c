/* libuv gives each event loop an io_uring, with which it changes what epoll watches. A ring is memory shared with the kernel,
   so a fork shares it with the template and every sibling: they would all write to it. uv_loop_fork() makes a new one for the
   main loop; but Node has further loops, and runs one of them when it ends (its tracing agent's; two children that ended at
   once aborted in uv__epoll_ctl_flush). libuv does without rings on systems that have none, so where this library is preloaded
   there are none. Children go without, too: it would save them one call for each new connection, and cost each fork the
   making of a ring. */
#include "addon.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

typedef long (*syscall_function)(long, ...);

/* libuv calls syscall(), as libc has no function for it. Every system call takes at most six words; reading words that were
   not given is what libc's own does. */
__attribute__((visibility("default"))) long syscall(long number, ...) {
  static syscall_function forward;
  if (forward == NULL) forward = (syscall_function)dlsym(RTLD_NEXT, "syscall");
  if (number == SYS_io_uring_setup) {
    errno = ENOSYS;
    return -1;
  }
  long words[6];
  va_list arguments;
  va_start(arguments, number);
  for (int i = 0; i < 6; i++) words[i] = va_arg(arguments, long);
  va_end(arguments);
  return forward(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
