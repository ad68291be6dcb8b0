-- read: the ceiling of a script that only reads. Nothing waits for the disk.
--
-- KEYS[1]  hash  fields
-- ARGV[1]  text  run_id of the server (not compared)
-- ARGV[2]  text  field
-- Returns  {"ok"}
-- Cost     O(1)
redis.call('HGET', KEYS[1], ARGV[2])
return {'ok'}
