-- gone_name(secret, asker): the member of `gone` that tells this asker (empty: whoever brings the code) that it is over.
local function gone_name(secret, asker)
  return asker == '' and secret or secret .. ' ' .. asker
end
