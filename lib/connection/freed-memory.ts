// Has the process keep memory that it frees, from the first large message on. glibc takes each buffer of 128 KiB or more from
// the system and gives it back when it is freed, and the end of its heap likewise, so that every large message has its
// pages mapped and cleared anew: most of what it costs. Freeing one buffer of some 30 MiB teaches glibc that such come and
// go: it then keeps up to twice as much of freed memory. Nobody writes to that buffer, so that it takes addresses and no
// memory. Who has set glibc's limits (`MALLOC_TRIM_THRESHOLD_`) keeps them; with other allocators nothing changes.

import { Buffer } from 'node:buffer';

/** Where glibc begins to map each buffer by itself. */
const LARGE_BYTES = 128 * 1024;
/** Beyond 32 MiB, its header included, glibc learns nothing. */
const LESSON_BYTES = 31 * 1024 * 1024;

let isKept = process.platform !== 'linux';

/** To be called for a message of this many bytes that has, or will have, memory of its own. */
export function keepFreedMemory(messageBytes: number): void {
  if (isKept || messageBytes < LARGE_BYTES) return;
  isKept = true;
  // Freed with the next collection of young objects, and large messages soon bring one about.
  Buffer.allocUnsafeSlow(LESSON_BYTES);
}
