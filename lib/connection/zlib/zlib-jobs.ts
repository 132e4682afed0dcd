// How many zlib jobs run on other threads at a time, in the whole process: each holds memory of its own, and the threads
// are those that also serve files and DNS. What comes beyond waits in line.

/** The size of Node's thread pool, unless it was set. */
const DEFAULT_MAX_JOBS = 4;

type Job = (finish: () => void) => void;

class ZlibJobs {
  private maxJobs = DEFAULT_MAX_JOBS;
  private running = 0;
  private readonly waiting: Job[] = [];
  private isStarting = false;

  /** @param maxJobs at least 1 */
  limitTo(maxJobs: number): void {
    this.maxJobs = maxJobs;
  }

  /** Runs a job when there is room. It must call `finish` once. */
  run(job: Job): void {
    this.waiting.push(job);
    this.startWaiting();
  }

  /** Those that finish at once, of connections that have ended, are started one after the other, not each inside another. */
  private startWaiting(): void {
    if (this.isStarting) return;
    this.isStarting = true;
    try {
      while (this.waiting.length > 0 && this.running < this.maxJobs) this.start(this.waiting.shift()!);
    } finally {
      this.isStarting = false;
    }
  }

  private start(job: Job): void {
    this.running++;
    let isFinished = false;
    job(() => {
      if (isFinished) return;
      isFinished = true;
      this.running--;
      this.startWaiting();
    });
  }
}

/** Those of this process. */
export const zlibJobs = new ZlibJobs();
