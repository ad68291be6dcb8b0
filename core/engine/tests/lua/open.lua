-- open: the last step of a toy's rebuild: the words of the books, then meta.
--
-- KEYS[1]  string  building
-- KEYS[2]  hash    meta
-- KEYS[3]  stream  journal
-- KEYS[4]  list    words
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  number  epoch of the rebuild
-- ARGV[3]  number  recorded_seq
-- ARGV[4]  text    appendfsync of the server
-- ARGV[5…] texts   words
-- Returns  {"ok"} | {"superseded"}
-- Cost     O(words)
-- @include now
-- @include building
-- @include journal
local run_id, epoch, recorded = ARGV[1], ARGV[2], ARGV[3]
if superseded(KEYS[1], run_id, epoch) then
  return {'superseded'}
end
redis.call('RPUSH', KEYS[4], '-', unpack(ARGV, 5))
local append, head = journal_at(KEYS[3], epoch, recorded)
append('kind', 'open', 'at', string.format('%d', now_ms()), 'word', '')
redis.call('HSET', KEYS[2], 'run_id', run_id, 'epoch', epoch, 'seq', head(), 'recorded', recorded,
  'appendfsync', ARGV[4])
return {'ok'}
