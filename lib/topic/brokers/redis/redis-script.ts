// What Redis does in one step. A topic has two keys: its state, `identity epoch offset time` of the last message, and its log, a
// stream of the last messages under the IDs `time-offset`, so that it can be trimmed by age and counted by offset.
//
// An epoch ends where the state is gone (flushed, expired, evicted) and where another server, or another life of it, wrote it last:
// then the end of what it knew may be missing here, and its offsets could be given again. Each caller says which server its
// connection has reached, by what it read on that very connection, and brings the epoch that would begin.

import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

// KEYS: state, log, channel. ARGV: identity of the server, epoch that would begin, life of the state in ms, …
const OPEN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function open()
  local state = redis.pcall('GET', KEYS[1])
  local server, epoch, offset, at
  if type(state) == 'string' then
    server, epoch, offset, at = string.match(state, '^(%S+) (%S+) (%d+) (%d+)$')
  end
  if server == ARGV[1] then return epoch, tonumber(offset), tonumber(at) end
  redis.call('DEL', KEYS[2])
  return ARGV[2], 0, 0
end
local function save(epoch, offset, at)
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. epoch .. ' ' .. text(offset) .. ' ' .. text(at), 'PX', ARGV[3])
end
`;

/** Begins the error of a message that is kept, though nobody could be told of it. */
export const STORED = 'STORED ';

/** …, deadline, how many messages are kept, for how many ms, message. Answers epoch and offset, nothing where it is too late. */
export const PUBLISH = script(`${OPEN}
if now >= tonumber(ARGV[4]) then return false end
local epoch, offset, at = open()
local function append()
  offset = offset + 1
  at = math.max(now, at)
  return redis.pcall('XADD', KEYS[2], 'MAXLEN', '=', ARGV[5], text(at) .. '-' .. text(offset), 'm', ARGV[7])
end
local added = append()
if type(added) == 'table' and added.err then
  -- Something that is not ours stands in the log, or is it.
  if not (string.find(added.err, 'WRONGTYPE') or string.find(added.err, 'ID')) then return added end
  redis.call('DEL', KEYS[2])
  epoch, offset, at = ARGV[2], 0, 0
  added = append()
  if type(added) == 'table' and added.err then return added end
end
redis.call('XTRIM', KEYS[2], 'MINID', '=', text(math.max(0, now - ARGV[6])))
redis.call('PEXPIRE', KEYS[2], ARGV[6])
save(epoch, offset, at)
local told = redis.pcall('SPUBLISH', KEYS[3], epoch .. ' ' .. text(offset) .. '\\n' .. ARGV[7])
if type(told) == 'table' and told.err then return redis.error_reply('${STORED}' .. told.err) end
return {epoch, offset}`);

/** …, epoch and offset since which, how many messages are kept. Answers epoch, offset and the entries, the last one first. */
export const READ = script(`${OPEN}
local epoch, offset, at = open()
save(epoch, offset, at)
local missing = offset - tonumber(ARGV[5])
local entries = {}
if epoch == ARGV[4] and missing > 0 and missing <= tonumber(ARGV[6]) then
  local read = redis.pcall('XREVRANGE', KEYS[2], '+', '-', 'COUNT', text(missing))
  if not read.err then entries = read end
end
return {epoch, offset, entries}`);

/** Without history. KEYS: channel. ARGV: deadline, message. Answers nothing where it is too late. */
export const SEND = script(`
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) >= tonumber(ARGV[1]) then return false end
redis.call('SPUBLISH', KEYS[1], ARGV[2])
return 1`);

/** So that the first calls need not be made twice, which could change their order. */
export async function loadScripts(client: Redis): Promise<void> {
  await Promise.all([PUBLISH, READ, SEND].map(({ text }) => client.script('LOAD', text)));
}

export async function evaluate(
  client: Redis,
  { text, sha1 }: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    // Somebody has flushed the scripts.
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return client.eval(text, keys.length, ...keys, ...args);
  }
}

function script(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}
