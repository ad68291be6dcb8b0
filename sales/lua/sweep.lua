-- sweep: tidy up after holds whose deadline has passed. They are free without it; this only keeps the counts short.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- KEYS[3]  bitmap  taken
-- KEYS[4]  zset    deadlines
-- KEYS[5]  hash    held
-- KEYS[6]  hash    codes
-- KEYS[7]  hash    buyers
-- KEYS[8]  zset    gone
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  number  holds to tidy up at most
-- Returns  {"ok", tidied} | {"warming_up", why}
-- Cost     O(tidied * log holds)
-- @include now
-- @include fence
-- @include journal
-- @include sale
-- @include slots
-- @include hold_of
-- @include gone_name
-- @include give_back
local keys = {
  meta = KEYS[1], journal = KEYS[2], taken = KEYS[3], deadlines = KEYS[4],
  held = KEYS[5], codes = KEYS[6], buyers = KEYS[7], gone = KEYS[8],
}
local run_id, holds_max = ARGV[1], ARGV[2]

local sale, refusal = sale_of(keys.meta, run_id, {
  keys.journal, keys.taken, keys.deadlines, keys.held, keys.codes, keys.buyers,
})
if not sale then
  return refusal
end

local now = now_ms()
local append, head = journal_at(keys.journal, sale.epoch, sale.seq)
local expired = redis.call('ZRANGEBYSCORE', keys.deadlines, '-inf', now, 'LIMIT', 0, holds_max)
for _, item in ipairs(expired) do
  give_back(keys, hold_of(keys.held, tonumber(item)), now, 'expire', append)
end
if #expired > 0 then
  redis.call('HSET', keys.meta, 'seq', head())
end
return {'ok', #expired}
