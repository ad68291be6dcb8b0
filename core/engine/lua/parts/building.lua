-- superseded(building_key, run_id, epoch): true unless this very rebuild holds the topic, on this very server.
-- A guardian that was stopped in mid-rebuild and wakes up later finds another token here and changes nothing.
local function superseded(building_key, run_id, epoch)
  return redis.call('GET', building_key) ~= epoch .. ' ' .. run_id
end
