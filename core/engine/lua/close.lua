-- close: take no more decisions on this topic; the guardian is about to rebuild it.
-- It stays closed: whoever was about to open it (a rebuild that lost its token, an adoption that saw another word in
-- meta) finds that it may not. `run_id` becomes a word that no server has.
--
-- KEYS[1]  hash    meta
-- KEYS[2]  stream  journal
-- KEYS[3]  string  building: the token of a rebuild under way, if any
-- ARGV[1]  text    run_id of the server (not compared: closing is always safe)
-- ARGV[2]  number  epoch of the books
-- ARGV[3]  text    a word that nobody has used before
-- Returns  {"ok", head}: the last sequence of that epoch in the journal, which cannot grow any more; 0 where there is none
-- Cost     O(1)
local epoch, word = ARGV[2], ARGV[3]
redis.call('DEL', KEYS[3])
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'run_id', 'closed ' .. word)
end
local last = redis.call('XREVRANGE', KEYS[2], epoch, epoch, 'COUNT', 1)[1]
return {'ok', last and string.match(last[1], '%d+$') or '0'}
