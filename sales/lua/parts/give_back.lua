-- give_back(keys, hold, now, why, append): the item is free again, and the journal says why.
local GONE_REMEMBERED_MS = 60000 -- until the books have it: 12 times the lag at which the keeper steps in
local function give_back(keys, hold, now, why, append)
  -- The journal first: it is the one write that could be refused, and nothing else may be there without it.
  append('kind', why, 'at', string.format('%d', now), 'item', hold.item, 'buyer', hold.buyer, 'slot', hold.slot,
    'secret', hold.secret, 'price', hold.price, 'deadline', string.format('%d', hold.deadline))
  redis.call('SETBIT', keys.taken, hold.item - 1, 0)
  redis.call('HDEL', keys.held, hold.item)
  redis.call('ZREM', keys.deadlines, hold.item)
  redis.call('HDEL', keys.codes, hold.secret)
  redis.call('ZREMRANGEBYSCORE', keys.gone, '-inf', now - GONE_REMEMBERED_MS)
  redis.call('ZADD', keys.gone, now, gone_name(hold.secret, ''), now, gone_name(hold.secret, hold.buyer))
  redis.call('HSET', keys.buyers, hold.buyer, slots_with(redis.call('HGET', keys.buyers, hold.buyer), hold.slot, 0))
end
