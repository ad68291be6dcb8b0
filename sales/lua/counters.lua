-- counters: how a sale stands now. Held counts live holds only, swept or not. Writes nothing.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  zset    deadlines
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- Returns  {"ok", state, size, sold, held, now, epoch, seq} | {"warming_up", why}
-- Cost     O(log holds)
-- @include now
-- @include fence
-- @include sale
local run_id = ARGV[1]
local sale, refusal = sale_of(KEYS[1], run_id, {KEYS[2]})
if not sale then
  return refusal
end
local now = string.format('%d', now_ms())
local held = redis.call('ZCOUNT', KEYS[2], '(' .. now, '(+inf')
return {'ok', sale.state, sale.size, sale.sold, held, now, sale.epoch, string.format('%d', sale.seq)}
