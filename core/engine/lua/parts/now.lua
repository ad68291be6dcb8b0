-- now_ms(): the server's clock in milliseconds since 1970, the only clock that deadlines are compared with.
local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
