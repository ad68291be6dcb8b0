-- sale_of(meta_key, run_id, vital): the sale's meta as a table, or nil and the refusal to return.
-- `vital` are the keys that exist as long as the sale is open: one that is lost must not look like free items.
local function sale_of(meta_key, run_id, vital)
  local meta, refusal = fence(meta_key, run_id, {
    'run_id', 'epoch', 'seq', 'recorded', 'state', 'size', 'opens_at', 'closes_at',
    'hold_ms', 'buyer_limit', 'price', 'sold', 'currency',
  })
  if not meta then
    return nil, refusal
  end
  if redis.call('EXISTS', unpack(vital)) < #vital then
    return nil, {'warming_up', 'lost'}
  end
  return {
    epoch = meta[2], seq = tonumber(meta[3]), recorded = tonumber(meta[4]), state = meta[5], size = tonumber(meta[6]),
    opens_at = tonumber(meta[7]), closes_at = tonumber(meta[8]), hold_ms = tonumber(meta[9]),
    buyer_limit = tonumber(meta[10]), price = meta[11], sold = tonumber(meta[12]),
    currency = meta[13],
  }
end
