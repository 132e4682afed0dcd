/** Largest file. Nothing of it is kept, so it may be large enough for its progress to be seen. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** Largest piece of a file, hence largest message. */
export const MAX_CHUNK_BYTES = 64 * 1024;
