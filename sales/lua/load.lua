-- load: one chunk of a rebuild, from the rows in PostgreSQL. Nothing can be decided while it runs: meta is not there.
--
-- KEYS[1]  string  building: the token of the rebuild that is under way
-- KEYS[2]  bitmap  taken
-- KEYS[3]  bitmap  sold
-- KEYS[4]  zset    deadlines
-- KEYS[5]  hash    held
-- KEYS[6]  hash    codes
-- KEYS[7]  hash    buyers
-- KEYS[8]  hash    requests
-- ARGV[1]  text    run_id of the server that the caller is connected to
-- ARGV[2]  number  epoch of the rebuild
-- ARGV[3]  JSON    {"sold": [item…], "held": [[item, secret, buyer, slot, deadline, price]…], texts all but the item,
--                   "buyers": [[buyer, slots]…], "requests": [["<buyer> <key>", first answer]…]}
-- Returns  {"ok"} | {"superseded"}
-- Cost     O(rows of the chunk); the caller sends 1,000 at most
-- @include building
local run_id, epoch = ARGV[1], ARGV[2]
if superseded(KEYS[1], run_id, epoch) then
  return {'superseded'}
end
local chunk = cjson.decode(ARGV[3])
for _, item in ipairs(chunk.sold) do
  redis.call('SETBIT', KEYS[2], item - 1, 1)
  redis.call('SETBIT', KEYS[3], item - 1, 1)
end
for _, hold in ipairs(chunk.held) do
  local item, secret, buyer, slot, deadline, price = unpack(hold)
  redis.call('SETBIT', KEYS[2], item - 1, 1)
  redis.call('ZADD', KEYS[4], deadline, item)
  redis.call('HSET', KEYS[5], item, table.concat({secret, buyer, slot, deadline, price}, ' '))
  redis.call('HSET', KEYS[6], secret, item)
end
for _, pair in ipairs(chunk.buyers) do
  redis.call('HSET', KEYS[7], pair[1], pair[2])
end
for _, pair in ipairs(chunk.requests) do
  redis.call('HSET', KEYS[8], pair[1], pair[2])
end
return {'ok'}
