-- state: pause, resume or close a sale; staff and alarms use it. Holds that live keep their promise.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  text    state to come: open, paused, closed
-- ARGV[3]  text    reason, for the books
-- Returns  {"ok", state, "new" | "again"} | {"closed"} | {"warming_up", why}
-- Cost     O(1)
-- @include now
-- @include fence
-- @include journal
-- @include sale
local meta_key, journal_key, run_id, state, reason = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
local sale, refusal = sale_of(meta_key, run_id, {journal_key})
if not sale then
  return refusal
end
if sale.state == state then
  return {'ok', state, 'again'}
end
if sale.state == 'closed' then
  return {'closed'}
end
local append, head = journal_at(journal_key, sale.epoch, sale.seq)
append('kind', 'state', 'at', string.format('%d', now_ms()), 'state', state, 'reason', reason)
redis.call('HSET', meta_key, 'state', state, 'seq', head())
return {'ok', state, 'new'}
