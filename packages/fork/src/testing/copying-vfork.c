/* A library to preload: a vfork() that copies the memory of the process, as that of some versions of musl does on arm64. */
#include <sys/types.h>
#include <unistd.h>

pid_t vfork(void) {
  return fork();
}
