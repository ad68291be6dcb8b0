-- open: the last step of a rebuild, and of a sale's first opening, which is the rebuild of an empty one.
--
-- KEYS[1]   string  building: the token of the rebuild that is under way
-- KEYS[2]   hash    meta
-- KEYS[3]   stream  journal
-- KEYS[4]   bitmap  taken
-- KEYS[5]   bitmap  sold
-- KEYS[6]   zset    deadlines
-- KEYS[7]   hash    held
-- KEYS[8]   hash    codes
-- KEYS[9]   hash    buyers
-- KEYS[10]  hash    requests
-- ARGV[1]   text    run_id of the server that the caller is connected to
-- ARGV[2]   number  epoch of the rebuild
-- ARGV[3]   number  recorded_seq: the journal goes on from there
-- ARGV[4]   number  size
-- ARGV[5…]  pairs   the other fields of meta: state, opens_at, closes_at, hold_ms, buyer_limit, price, currency,
--                   sold, appendfsync (as it was when the sale was opened: an adoption must know)
-- Returns   {"ok", seq} | {"superseded"}
-- Cost      O(size / 8) bytes once, for the two bitmaps
-- @include now
-- @include building
-- @include journal
local run_id, epoch, recorded, size = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if superseded(KEYS[1], run_id, epoch) then
  return {'superseded'}
end
-- Every key exists from the start, so that a lost one is noticed: bitmaps to their full length, the others by an
-- entry that no item, buyer or secret can be ("-", and a deadline that never comes).
for _, bitmap in ipairs({KEYS[4], KEYS[5]}) do
  redis.call('SETBIT', bitmap, size - 1, redis.call('GETBIT', bitmap, size - 1))
end
redis.call('ZADD', KEYS[6], '+inf', '-')
for _, hash in ipairs({KEYS[7], KEYS[8], KEYS[9], KEYS[10]}) do
  redis.call('HSET', hash, '-', '')
end
local append, head = journal_at(KEYS[3], epoch, recorded)
append('kind', 'open', 'at', string.format('%d', now_ms()))
redis.call('HSET', KEYS[2], 'run_id', run_id, 'epoch', epoch, 'seq', head(), 'recorded', recorded, 'size', size,
  unpack(ARGV, 5))
return {'ok', head()}
