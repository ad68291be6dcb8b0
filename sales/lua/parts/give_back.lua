-- give_back(keys, hold, now, why, append): the item is free again, and the journal says why.
local function give_back(keys, hold, now, why, append)
  redis.call('SETBIT', keys.taken, hold.item - 1, 0)
  redis.call('HDEL', keys.held, hold.item)
  redis.call('ZREM', keys.deadlines, hold.item)
  redis.call('HDEL', keys.codes, hold.secret)
  redis.call('ZADD', keys.gone, now, hold.secret)
  local slots = redis.call('HGET', keys.buyers, hold.buyer)
  redis.call('HSET', keys.buyers, hold.buyer, slots_with(slots, hold.slot, 0))
  append('kind', why, 'at', string.format('%d', now), 'item', hold.item, 'buyer', hold.buyer, 'slot', hold.slot,
    'secret', hold.secret, 'price', hold.price, 'deadline', string.format('%d', hold.deadline))
end
