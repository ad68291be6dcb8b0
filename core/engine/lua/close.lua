-- close: take no more decisions on this topic; the guardian is about to rebuild it.
--
-- KEYS[1]  hash    meta
-- ARGV[1]  text    run_id of the server (not compared: closing is always safe)
-- Returns  {"ok"}
-- Cost     O(1)
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'run_id', '')
end
return {'ok'}
