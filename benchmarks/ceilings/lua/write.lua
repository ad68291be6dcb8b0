-- write: the ceiling of a decision: one write.
--
-- KEYS[1]  hash  fields
-- ARGV[1]  text  run_id of the server (not compared)
-- ARGV[2]  text  field
-- ARGV[3]  text  value
-- Returns  {"ok"}
-- Cost     O(1)
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return {'ok'}
