// What ends a connection whose peer does not read: more waits to be sent than may.

/** The peer did not read what was sent, and more waited than `maxBufferedBytes` allows. */
export class BufferOverflowError extends Error {
  override readonly name = 'BufferOverflowError';

  constructor(maxBufferedBytes: number) {
    super(
      `the peer reads too slowly: more than ${maxBufferedBytes} bytes were waiting to be sent (limits.maxBufferedBytes)`,
    );
  }
}
