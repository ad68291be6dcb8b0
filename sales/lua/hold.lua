-- hold: set one item aside for one buyer until a deadline; this item, or any that is free.
--
-- KEYS[1]   hash    meta
-- KEYS[2]   stream  journal
-- KEYS[3]   bitmap  taken: bit item-1 is set while the item is held or sold
-- KEYS[4]   bitmap  sold: bit item-1 is set once it is sold
-- KEYS[5]   zset    deadlines: held items by deadline in ms
-- KEYS[6]   hash    held: item -> hold
-- KEYS[7]   hash    codes: secret -> item of a live hold, or the sold record
-- KEYS[8]   hash    buyers: buyer -> numbered slots
-- KEYS[9]   hash    requests: "<buyer> <key>" -> first answer to an idempotency key
-- KEYS[10]  zset    gone: "<secret>" and "<secret> <buyer>" of what was given back lately, by instant in ms
-- ARGV[1]   text    run_id of the server that the caller is connected to
-- ARGV[2]   text    buyer
-- ARGV[3]   number  item wanted, 1…size; 0 for any
-- ARGV[4]   text    secret for a new hold, 22 characters
-- ARGV[5]   text    idempotency key, or empty
-- ARGV[6]   number  unrecorded entries at which new holds are refused
-- Returns   {"ok", secret, item, deadline, price, currency, "new" | "again"} | {"warming_up", why} | {"recorder_behind"}
--           | {"not_open", opens_at, now} | {"closed", closes_at, now} | {"paused"} | {"no_such_item", size}
--           | {"idempotency_mismatch"} | {"sold_out", "for_good" | "for_now"} | {"limit_reached", limit} | {"item_taken"}
--           | {"already_bought"}: taken by the buyer who asks
-- Cost      O(log holds) for an item; for any, a bitmap scan more: 0.08 ms at 10,000,000 items
-- @include now
-- @include fence
-- @include journal
-- @include sale
-- @include slots
-- @include hold_of
-- @include gone_name
-- @include give_back
local keys = {
  meta = KEYS[1], journal = KEYS[2], taken = KEYS[3], sold = KEYS[4], deadlines = KEYS[5],
  held = KEYS[6], codes = KEYS[7], buyers = KEYS[8], requests = KEYS[9], gone = KEYS[10],
}
local run_id, buyer, wanted, secret, request = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local unrecorded_max = tonumber(ARGV[6])
local REAP_MAX = 5 -- expired holds tidied up on the way: enough to keep pace, few enough not to be felt

local sale, refusal = sale_of(keys.meta, run_id, {
  keys.journal, keys.taken, keys.sold, keys.deadlines, keys.held, keys.codes, keys.buyers, keys.requests,
})
if not sale then
  return refusal
end
local now = now_ms()

-- The first answer again, whatever has happened to the hold since.
local asked = request ~= '' and buyer .. ' ' .. request or nil
if asked then
  local first = redis.call('HGET', keys.requests, asked)
  if first then
    local was, code, item, deadline, price = string.match(first, '^(%d+) (%S+) (%d+) (%d+) (%d+)$')
    if tonumber(was) ~= wanted then
      return {'idempotency_mismatch'}
    end
    return {'ok', code, item, deadline, price, sale.currency, 'again'}
  end
end

-- A buyer who asks again for what they hold gets it again, also when the sale has paused or closed meanwhile: they may
-- not have heard the first answer.
local taken = wanted > 0 and wanted <= sale.size and redis.call('GETBIT', keys.taken, wanted - 1) == 1
local hold = taken and hold_of(keys.held, wanted)
if taken then
  if hold and hold.buyer == buyer and hold.deadline > now then
    return {'ok', hold.secret, wanted, string.format('%d', hold.deadline), hold.price, sale.currency, 'again'}
  end
end

if now < sale.opens_at then
  return {'not_open', string.format('%d', sale.opens_at), string.format('%d', now)}
end
if now >= sale.closes_at or sale.state == 'closed' then
  return {'closed', string.format('%d', sale.closes_at), string.format('%d', now)}
end
if sale.state ~= 'open' then
  return {'paused'}
end
if wanted > sale.size then
  return {'no_such_item', string.format('%d', sale.size)}
end
if sale.sold >= sale.size then
  return {'sold_out', 'for_good'}
end

-- Check everything: which expired holds give way, which item, which slot.
local give_way = {}
if taken then
  if not hold or hold.deadline > now then
    return {is_among(slots_of(redis.call('HGET', keys.buyers, buyer)), wanted) and 'already_bought' or 'item_taken'}
  end
  give_way[wanted] = hold
elseif wanted == 0 then
  for _, item in ipairs(redis.call('ZRANGEBYSCORE', keys.deadlines, '-inf', now, 'LIMIT', 0, REAP_MAX)) do
    give_way[tonumber(item)] = hold_of(keys.held, tonumber(item))
  end
  -- Bits beyond the size are padding and look free; BITPOS on a full bitmap answers one past its end.
  if not next(give_way) and redis.call('BITPOS', keys.taken, 0) >= sale.size then
    return {'sold_out', 'for_now'}
  end
end

local slots_text = redis.call('HGET', keys.buyers, buyer)
local slots = slots_of(slots_text)
local slot = free_slot(slots, sale.buyer_limit)
if not slot then
  -- Only a buyer at the limit pays for a look at the deadlines; a sold item has none and keeps its slot.
  for number = 1, sale.buyer_limit do
    local deadline = redis.call('ZSCORE', keys.deadlines, slots[number])
    if deadline and tonumber(deadline) <= now then
      give_way[slots[number]] = hold_of(keys.held, slots[number])
      slot = number
      break
    end
  end
end
if not slot then
  return {'limit_reached', string.format('%d', sale.buyer_limit)}
end
if sale.seq - sale.recorded >= unrecorded_max then
  return {'recorder_behind'}
end

-- Then write everything.
local append, head = journal_at(keys.journal, sale.epoch, sale.seq)
if next(give_way) then
  for _, expired in pairs(give_way) do
    give_back(keys, expired, now, 'expire', append)
  end
  slots_text = redis.call('HGET', keys.buyers, buyer)
end
local item = wanted > 0 and wanted or redis.call('BITPOS', keys.taken, 0) + 1
local deadline = string.format('%d', now + sale.hold_ms)
append('kind', 'hold', 'at', string.format('%d', now), 'item', item, 'buyer', buyer, 'slot', slot,
  'secret', secret, 'price', sale.price, 'deadline', deadline, 'request', request, 'wanted', wanted)
redis.call('SETBIT', keys.taken, item - 1, 1)
redis.call('ZADD', keys.deadlines, deadline, item)
redis.call('HSET', keys.held, item, table.concat({secret, buyer, slot, deadline, sale.price}, ' '))
redis.call('HSET', keys.codes, secret, item)
redis.call('HSET', keys.buyers, buyer, slots_with(slots_text, slot, item))
if asked then
  redis.call('HSET', keys.requests, asked, table.concat({wanted, secret, item, deadline, sale.price}, ' '))
end
redis.call('HSET', keys.meta, 'seq', head())
return {'ok', secret, item, deadline, sale.price, sale.currency, 'new'}
