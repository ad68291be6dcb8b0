-- append: a decision with its journal entry and nothing else. The stream is kept short.
--
-- KEYS[1]  hash    fields
-- KEYS[2]  stream  entries
-- ARGV[1]  text    run_id of the server (not compared)
-- ARGV[2]  text    field
-- ARGV[3]  text    value
-- Returns  {"ok"}
-- Cost     O(1)
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'kind', 'hold', 'field', ARGV[2], 'value', ARGV[3])
return {'ok'}
