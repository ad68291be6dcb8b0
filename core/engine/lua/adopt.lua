-- adopt: after a restart with all data intact, let the new server process go on where the old one stopped.
--
-- KEYS[1]  hash    meta
-- ARGV[1]  text    run_id of the server that answers now
-- ARGV[2]  number  epoch that the books expect
-- ARGV[3]  number  recorded_seq of the books; a journal whose head is lower has lost entries and is not adopted
-- Returns  {"ok"} | {"behind"} | {"missing"}
-- Cost     O(1)
local run_id, epoch, recorded = ARGV[1], ARGV[2], ARGV[3]
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if meta[1] ~= epoch then
  return {'missing'}
end
if tonumber(meta[2]) < tonumber(recorded) then
  return {'behind'}
end
redis.call('HSET', KEYS[1], 'run_id', run_id, 'recorded', recorded)
return {'ok'}
