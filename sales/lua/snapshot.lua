-- snapshot: the whole state of a sale at one sequence, for comparing it with the books. Writes nothing.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  bitmap  taken
-- KEYS[3]  bitmap  sold
-- KEYS[4]  hash    held
-- KEYS[5]  hash    buyers
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- Returns  {"ok", epoch, seq, now, sold count, taken bits, sold bits, [item, hold…], [buyer, slots…]}
--          | {"warming_up", why}
-- Cost     O(size / 8 + holds + buyers); for staff and invariants, never on a buyer's way
-- @include now
-- @include fence
-- @include sale
local run_id = ARGV[1]
local sale, refusal = sale_of(KEYS[1], run_id, {KEYS[2], KEYS[3], KEYS[4], KEYS[5]})
if not sale then
  return refusal
end
return {
  'ok', sale.epoch, string.format('%d', sale.seq), string.format('%d', now_ms()), string.format('%d', sale.sold),
  redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3]), redis.call('HGETALL', KEYS[4]), redis.call('HGETALL', KEYS[5]),
}
