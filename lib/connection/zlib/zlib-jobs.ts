// How many zlib jobs run on other threads at a time, in the whole process: each holds memory of its own, and the threads
// are those that also serve files and DNS. What comes beyond waits in line.

/** The size of Node's thread pool, unless it was set. */
const DEFAULT_MAX_JOBS = 4;

type Job = (finish: () => void) => void;

class ZlibJobs {
  private maxJobs = DEFAULT_MAX_JOBS;
  private running = 0;
  private readonly waiting: Job[] = [];

  /** @param maxJobs at least 1 */
  limitTo(maxJobs: number): void {
    this.maxJobs = maxJobs;
  }

  /** Runs a job when there is room. It must call `finish` once. */
  run(job: Job): void {
    if (this.running >= this.maxJobs) this.waiting.push(job);
    else this.start(job);
  }

  private start(job: Job): void {
    this.running++;
    let isFinished = false;
    job(() => {
      if (isFinished) return;
      isFinished = true;
      this.running--;
      const next = this.waiting.shift();
      if (next !== undefined) this.start(next);
    });
  }
}

/** Those of this process. */
export const zlibJobs = new ZlibJobs();
