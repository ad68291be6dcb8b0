-- now_ms(): the clock of the tests. It stands still at `test:clock` (ms since 1970) where that is set, so that a test
-- reaches a deadline, or a full hour, to the millisecond and without waiting.
local function now_ms()
  local still = redis.call('GET', 'test:clock')
  if still then
    return tonumber(still)
  end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
