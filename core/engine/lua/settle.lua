-- settle: after the books have committed, note how far, and trim the journal below the tail that viewers may ask for.
-- It trims first: that is allowed while memory is full, and is what makes room again.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- ARGV[1]  text    run_id of the server that the caller talks to (not compared: what is recorded may always be trimmed)
-- ARGV[2]  number  epoch that was recorded
-- ARGV[3]  number  recorded_seq
-- ARGV[4]  number  lowest sequence to keep
-- Returns  {"ok"} | {"other_epoch"} | {"late"}: another settle has gone further
-- Cost     O(entries trimmed)
local epoch, recorded = ARGV[2], ARGV[3]
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'recorded')
if meta[1] ~= epoch then
  return {'other_epoch'}
end
if tonumber(meta[2]) > tonumber(recorded) then
  return {'late'}
end
redis.call('XTRIM', KEYS[2], 'MINID', '~', epoch .. '-' .. ARGV[4])
redis.call('HSET', KEYS[1], 'recorded', recorded)
return {'ok'}
