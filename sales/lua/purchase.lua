-- purchase: held becomes sold. A repeat gets the first answer; a hold taken in the window may be purchased until its
-- deadline, also after the sale has closed and while it is paused: it was promised.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- KEYS[3]  bitmap  sold
-- KEYS[4]  zset    deadlines
-- KEYS[5]  hash    held: item -> hold
-- KEYS[6]  hash    codes: secret -> item of a live hold, or the sold record "<item> <buyer> <slot> <price> <at>"
-- KEYS[7]  zset    gone: "<secret>" and "<secret> <buyer>" of what was given back lately
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  text    secret of the hold
-- ARGV[3]  text    buyer who asks, or empty where the code alone is the authority
-- Returns  {"ok", item, buyer, slot, price, at, currency, "new" | "again"} | {"warming_up", why} | {"unknown"}
--          | {"hold_expired", deadline, now}
-- Cost     O(log holds)
-- @include now
-- @include fence
-- @include journal
-- @include sale
-- @include hold_of
-- @include gone_name
local keys = {
  meta = KEYS[1], journal = KEYS[2], sold = KEYS[3], deadlines = KEYS[4], held = KEYS[5], codes = KEYS[6], gone = KEYS[7],
}
local run_id, secret, asker = ARGV[1], ARGV[2], ARGV[3]

local sale, refusal = sale_of(keys.meta, run_id, {
  keys.journal, keys.sold, keys.deadlines, keys.held, keys.codes,
})
if not sale then
  return refusal
end
local now = now_ms()

local record = redis.call('HGET', keys.codes, secret)
if not record then
  local since = redis.call('ZSCORE', keys.gone, gone_name(secret, asker))
  if since then
    return {'hold_expired', since, string.format('%d', now)}
  end
  return {'unknown'}
end
local item, buyer, slot, price, at = string.match(record, '^(%d+) (%S+) (%d+) (%d+) (%d+)$')
if item then
  if asker ~= '' and asker ~= buyer then
    return {'unknown'}
  end
  return {'ok', item, buyer, slot, price, at, sale.currency, 'again'}
end

local hold = hold_of(keys.held, tonumber(record))
if asker ~= '' and asker ~= hold.buyer then
  return {'unknown'}
end
if hold.deadline <= now then
  return {'hold_expired', string.format('%d', hold.deadline), string.format('%d', now)}
end

local append, head = journal_at(keys.journal, sale.epoch, sale.seq)
at = string.format('%d', now)
append('kind', 'purchase', 'at', at, 'item', hold.item, 'buyer', hold.buyer, 'slot', hold.slot,
  'secret', secret, 'price', hold.price, 'deadline', string.format('%d', hold.deadline))
redis.call('SETBIT', keys.sold, hold.item - 1, 1)
redis.call('ZREM', keys.deadlines, hold.item)
redis.call('HDEL', keys.held, hold.item)
redis.call('HSET', keys.codes, secret, table.concat({hold.item, hold.buyer, hold.slot, hold.price, at}, ' '))
redis.call('HSET', keys.meta, 'seq', head(), 'sold', string.format('%d', sale.sold + 1))
return {'ok', hold.item, hold.buyer, hold.slot, hold.price, at, sale.currency, 'new'}
