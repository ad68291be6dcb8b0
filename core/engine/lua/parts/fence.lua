-- fence(meta_key, run_id, fields): the values of `fields` in meta, or nil and the refusal to return.
-- The first three fields must be 'run_id', 'epoch', 'seq'. A meta that is missing, or written for another server
-- process, is no meta: a restart, a promoted replica, FLUSHALL or a lost key must never look like an empty sale.
local function fence(meta_key, run_id, fields)
  local meta = redis.call('HMGET', meta_key, unpack(fields))
  if not meta[1] then
    return nil, {'warming_up', 'missing'}
  end
  if meta[1] ~= run_id then
    return nil, {'warming_up', 'restarted'}
  end
  return meta
end
