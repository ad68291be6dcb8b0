-- release: the buyer gives a hold back before its deadline; the item is free at once.
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
-- ARGV[2]  text    secret of the hold
-- ARGV[3]  text    buyer who asks, or empty where the code alone is the authority
-- Returns  {"ok", item} | {"gone"} | {"sold"} | {"warming_up", why} | {"unknown"}
-- Cost     O(log holds)
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
local run_id, secret, asker = ARGV[1], ARGV[2], ARGV[3]

local sale, refusal = sale_of(keys.meta, run_id, {
  keys.journal, keys.taken, keys.deadlines, keys.held, keys.codes, keys.buyers,
})
if not sale then
  return refusal
end

local record = redis.call('HGET', keys.codes, secret)
if not record then
  return {redis.call('ZSCORE', keys.gone, gone_name(secret, asker)) and 'gone' or 'unknown'}
end
local owner = string.match(record, '^%d+ (%S+) ')
if owner then
  return {(asker == '' or asker == owner) and 'sold' or 'unknown'}
end
local hold = hold_of(keys.held, tonumber(record))
if asker ~= '' and asker ~= hold.buyer then
  return {'unknown'}
end

local now = now_ms()
local append, head = journal_at(keys.journal, sale.epoch, sale.seq)
give_back(keys, hold, now, hold.deadline > now and 'release' or 'expire', append)
redis.call('HSET', keys.meta, 'seq', head())
return {'ok', hold.item}
