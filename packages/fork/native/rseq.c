/* Restartable sequences (rseq(2)): memory in which the kernel keeps the number of the processor a thread runs on. glibc
   registers it for each thread and reads it in sched_getcpu(). The registration of a process that shares its memory with
   another is dropped (rseq_fork in linux/rseq.h), so the middle process of a fork has none, nor has its child: the number would
   stay that of the template for ever. */
#include "addon.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Signature that precedes the abort handlers of libc and of programs (sys/rseq.h), and the size that every kernel takes. */
#if defined(__x86_64__)
#define SIGNATURE 0x53053053
#elif defined(__aarch64__)
#define SIGNATURE 0xd428bc00
#endif
enum { ORIGINAL_SIZE = 32, CPU_ID = 1, REGISTRATION_FAILED = -2 };

/* Without the symbols (glibc before 2.35, musl) libc does not use it. */
void register_rseq(void) {
#ifdef SIGNATURE
  const ptrdiff_t *offset = dlsym(RTLD_DEFAULT, "__rseq_offset");
  const unsigned int *size = dlsym(RTLD_DEFAULT, "__rseq_size");
  if (offset == NULL || size == NULL || *size == 0) return;
  int32_t *area = (int32_t *)((char *)__builtin_thread_pointer() + *offset);
  /* libc then asks the kernel each time. */
  if (syscall(SYS_rseq, area, ORIGINAL_SIZE, 0, SIGNATURE) != 0) area[CPU_ID] = REGISTRATION_FAILED;
#endif
}
