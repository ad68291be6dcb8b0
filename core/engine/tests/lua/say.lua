-- say: the smallest decision there is: one word more in the journal of a toy topic.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- KEYS[3]  list    words
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  text    word
-- Returns  {"ok", seq} | {"warming_up", why}
-- Cost     O(1)
-- @include now
-- @include fence
-- @include journal
local run_id, word = ARGV[1], ARGV[2]
local meta, refusal = fence(KEYS[1], run_id, {'run_id', 'epoch', 'seq'})
if not meta then
  return refusal
end
local append, head = journal_at(KEYS[2], meta[2], meta[3])
append('kind', 'word', 'at', string.format('%d', now_ms()), 'word', word)
redis.call('RPUSH', KEYS[3], word)
redis.call('HSET', KEYS[1], 'seq', head())
return {'ok', head()}
