-- begin: start the rebuild of one topic and empty it. Until the trade writes meta again, every script refuses.
--
-- KEYS[1]  string  building: the token of the rebuild that is under way
-- KEYS[2]  hash    meta
-- KEYS[3]  stream  journal
-- KEYS[4…] any     the trade's other keys
-- ARGV[1]  text    run_id of the server that the rebuild writes to
-- ARGV[2]  number  epoch of the rebuild; a rebuild of a lower or equal epoch is refused from now on
-- ARGV[3]  number  recorded_seq: a journal that goes on beyond it is not thrown away
-- Returns  {"ok"} | {"superseded"} | {"unrecorded"}
-- Cost     O(1) for each key (UNLINK frees in the background)
local run_id, epoch, recorded = ARGV[1], ARGV[2], tonumber(ARGV[3])
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '^%d+')) >= tonumber(epoch) then
  return {'superseded'}
end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
if last and tonumber(string.match(last[1], '%d+$')) > recorded then
  return {'unrecorded'}
end
redis.call('UNLINK', unpack(KEYS, 2)) -- first, since it makes room: SET would be refused while memory is full
redis.call('SET', KEYS[1], epoch .. ' ' .. run_id)
return {'ok'}
