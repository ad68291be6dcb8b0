-- A live hold is one text in `held`, by item: "<secret> <buyer> <slot> <deadline ms> <price>".

-- hold_of(held_key, item): its parts, or nil where nobody holds the item.
local function hold_of(held_key, item)
  local text = redis.call('HGET', held_key, item)
  if not text then
    return nil
  end
  local secret, buyer, slot, deadline, price = string.match(text, '^(%S+) (%S+) (%d+) (%d+) (%d+)$')
  return {item = item, secret = secret, buyer = buyer, slot = tonumber(slot), deadline = tonumber(deadline), price = price}
end
