/**
 * Stores bytes at KEYS[1] unless something as new is there or the key was dropped since it was read.
 * ARGV: version (20 digits, so that order of text is order of numbers), bytes, the drop seen by the reader, TTL in ms.
 */
export const STORE = `
local version, drop = unpack(redis.call('HMGET', KEYS[1], 'version', 'drop'))
if (drop or '') ~= ARGV[3] then return 0 end
if version and version >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'bytes', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/** Forgets the bytes at KEYS[1] and remembers that they were dropped. ARGV: a name of this drop, how long it is remembered in ms. */
export const DROP = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'drop', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;
