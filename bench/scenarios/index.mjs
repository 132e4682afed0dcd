// All that is measured, in the order of the report. What a scenario is made of:
//   `kind` how it is measured (measure/), `servers` it is for, their `settings`, the `load` (load/) and its `options`, the
//   `extensions` that clients offer, how many times as long as others it must warm up (`warmUps`), and without how many
//   connections it is left out (`needsConnections`), as it is by `--quick` (`onlyInFull`).

import { scenarios as broadcast } from './broadcast.mjs';
import { scenarios as deflate } from './deflate.mjs';
import { scenarios as echo } from './echo.mjs';
import { scenarios as event } from './event.mjs';
import { scenarios as fragments } from './fragments.mjs';
import { scenarios as handlers } from './handlers.mjs';
import { scenarios as handshake } from './handshake.mjs';
import { scenarios as memory } from './memory.mjs';
import { scenarios as stoppedReaders } from './stopped-readers.mjs';
import { scenarios as topic } from './topic.mjs';

export const SCENARIOS = [
  ...echo,
  ...event,
  ...handlers,
  ...broadcast,
  ...topic,
  ...handshake,
  ...deflate,
  ...fragments,
  ...memory,
  ...stoppedReaders,
];
