-- adopt: after a restart with all data intact, let the new server process go on where the old one stopped.
--
-- KEYS[1]  hash    meta
-- ARGV[1]  text    run_id of the server that answers now
-- ARGV[2]  number  epoch that the books expect
-- ARGV[3]  number  recorded_seq of the books; a journal whose head is lower has lost entries and is not adopted
-- ARGV[4]  text    run_id that the caller saw in meta; another one means that somebody has closed or adopted it since
-- Returns  {"ok"} | {"behind"} | {"missing"} | {"changed"} | {"not_durable"}: not every answer came after its flush
-- Cost     O(1)
local run_id, epoch, recorded, seen = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'run_id', 'appendfsync')
if meta[1] ~= epoch then
  return {'missing'}
end
if meta[3] ~= seen then
  return {'changed'}
end
if meta[4] ~= 'always' then
  return {'not_durable'}
end
if tonumber(meta[2]) < tonumber(recorded) then
  return {'behind'}
end
redis.call('HSET', KEYS[1], 'run_id', run_id)
return {'ok'}
