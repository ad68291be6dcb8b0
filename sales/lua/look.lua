-- look: what has become of a code. Writes nothing.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  hash    held
-- KEYS[3]  hash    codes
-- KEYS[4]  zset    gone
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  text    secret of the hold
-- ARGV[3]  text    buyer who asks, or empty where the code alone is the authority
-- Returns  {"held", item, buyer, slot, deadline, price, currency}
--          | {"sold", item, buyer, slot, price, at, currency} | {"hold_expired"} | {"unknown"} | {"warming_up", why}
-- Cost     O(1)
-- @include now
-- @include fence
-- @include sale
-- @include hold_of
-- @include gone_name
local run_id, secret, asker = ARGV[1], ARGV[2], ARGV[3]
local sale, refusal = sale_of(KEYS[1], run_id, {KEYS[2], KEYS[3]})
if not sale then
  return refusal
end
local record = redis.call('HGET', KEYS[3], secret)
if not record then
  return {redis.call('ZSCORE', KEYS[4], gone_name(secret, asker)) and 'hold_expired' or 'unknown'}
end
local item, buyer, slot, price, at = string.match(record, '^(%d+) (%S+) (%d+) (%d+) (%d+)$')
local hold = not item and hold_of(KEYS[2], tonumber(record))
if asker ~= '' and asker ~= (buyer or hold.buyer) then
  return {'unknown'}
end
if item then
  return {'sold', item, buyer, slot, price, at, sale.currency}
end
if hold.deadline <= now_ms() then
  return {'hold_expired'}
end
return {'held', hold.item, hold.buyer, hold.slot, string.format('%d', hold.deadline), hold.price, sale.currency}
