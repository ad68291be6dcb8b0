-- settle: after the books have committed, note how far, and trim the journal below the tail that viewers may ask for.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- ARGV[1]  text    run_id of the server that the caller talks to (not compared: trimming what is recorded is always safe)
-- ARGV[2]  number  epoch that was recorded
-- ARGV[3]  number  recorded_seq
-- ARGV[4]  number  lowest sequence to keep
-- Returns  {"ok"} | {"other_epoch"}
-- Cost     O(entries trimmed)
local epoch = ARGV[2]
if redis.call('HGET', KEYS[1], 'epoch') ~= epoch then
  return {'other_epoch'}
end
redis.call('HSET', KEYS[1], 'recorded', ARGV[3])
redis.call('XTRIM', KEYS[2], 'MINID', '~', epoch .. '-' .. ARGV[4])
return {'ok'}
